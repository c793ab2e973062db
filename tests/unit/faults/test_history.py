"""Every rule of the history checker catches what it is there for, and a good history passes."""

from collections.abc import Callable

import pytest

from tests.faults.history import RULES, violations
from tests.faults.records import CancelAnswer, Delivery, History, Occurrence, Stored
from tests.unit.faults import bad_answers, bad_histories, bad_readings
from tests.unit.faults.bad_histories import cancel, never_told_its_end
from tests.unit.faults.bad_readings import told_the_ending_again_and_again
from tests.unit.faults.good_history import cancelled, cut_by_deadline, expired, good, set_live

BAD = (*bad_histories.BAD, *bad_readings.BAD, *bad_answers.BAD)


def test_good_history_has_no_violations() -> None:
    assert violations(good()) == []
    assert violations(cancelled("once upon", 2)) == []
    late, never = good(), good()
    cut_by_deadline(late, deadline=3.0)
    expired(never, deadline=3.0)
    assert violations(late) == violations(never) == []


@pytest.mark.parametrize(("break_it", "rule"), BAD)
def test_bad_history_is_caught(break_it: Callable[[History], None], rule: str) -> None:
    history = good()
    break_it(history)
    found = violations(history)
    assert rule in {violation.rule for violation in found}
    assert {violation.seed for violation in found} == {7}


@pytest.mark.parametrize("flushed_at", [4.0, 999.0])
def test_flush_does_not_excuse_an_end_that_the_archive_never_heard_of(flushed_at: float) -> None:
    """What an emptied Redis had told is noted as it is emptied."""
    history = good()
    never_told_its_end(history)
    history.occurrences.append(Occurrence("flush Redis", flushed_at, flushed_at))
    assert "every_job_ends_once" in {violation.rule for violation in violations(history)}


def test_story_cancelled_after_a_flush_may_be_kept_shorter_than_it_was_read() -> None:
    history = cancelled("once upon", 2)
    short = Stored("cancelled", "once", 1, 1)
    history.jobs["a"].live = history.jobs["a"].archived = short
    rule = "readers_read_what_is_stored"
    assert rule in {violation.rule for violation in violations(history)}
    history.occurrences.append(Occurrence("flush Redis", 4.0, 4.0))
    assert violations(history) == []
    history.readings[0].deliveries[1] = Delivery(3.0, 2, 1, " upto")
    assert rule in {violation.rule for violation in violations(history)}
    set_live(history, status="succeeded")
    assert rule in {violation.rule for violation in violations(history)}


def test_cancel_that_came_too_late_says_so() -> None:
    history = good()
    cancel(history, told="succeeded")
    assert violations(history) == []


def test_job_given_back_to_an_emptied_redis_may_wait_when_its_cancel_is_answered() -> None:
    history = cancelled("once upon", 2)
    history.jobs["a"].cancel_answer = CancelAnswer(4.5, 200, "queued")
    assert "cancels_hold" in {violation.rule for violation in violations(history)}
    history.occurrences.append(Occurrence("flush Redis", 4.0, 4.0))
    assert violations(history) == []


def test_job_that_is_written_anew_after_a_flush_may_end_again_for_a_reader_who_has_heard_it() -> (
    None
):
    history = good()
    told_the_ending_again_and_again(history)
    history.occurrences.append(Occurrence("flush Redis", 6.6, 6.7))
    assert violations(history) == []


def test_every_rule_has_a_bad_history() -> None:
    assert {rule for _, rule in BAD} == {rule.__name__ for rule in RULES}


def test_cancelled_story_is_a_beginning_of_the_undisturbed_one() -> None:
    found = violations(cancelled("once a", 2))
    assert "stored_text_is_the_undisturbed" in {violation.rule for violation in found}
