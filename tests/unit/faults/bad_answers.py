"""Histories of callers that break a rule each."""

from dataclasses import replace

from tests.faults.records import AcceptedJob, History, KeyedRequest, Said
from tests.unit.faults.bad_histories import Break
from tests.unit.faults.good_history import TEXT, cut_by_deadline, expired, set_live


def cut_before_its_deadline(history: History) -> None:
    cut_by_deadline(history, deadline=9.0)


def cut_without_a_deadline(history: History) -> None:
    cut_by_deadline(history, deadline=None)


def expired_before_its_deadline(history: History) -> None:
    expired(history, deadline=9.0)


def expired_with_a_text(history: History) -> None:
    expired(history, deadline=1.0)
    set_live(history, text="once", tokens=1)


def expired_though_it_was_told(history: History) -> None:
    told = list(history.readings[0].deliveries)
    expired(history, deadline=1.0)
    history.readings[0].deliveries = told


def made_two_jobs_of_one_key(history: History) -> None:
    history.keyed[0].job_ids.append("b")


def made_a_job_that_nobody_heard_of(history: History) -> None:
    history.made["keyed"] = 2


def never_answered_a_key(history: History) -> None:
    history.keyed.append(KeyedRequest("other", "other"))
    history.made["other"] = 1


def said_something_else(history: History) -> None:
    history.said.append(Said("a", "once upon a tide", is_whole=True))


def said_less_than_all(history: History) -> None:
    history.said.append(Said("a", "once upon", is_whole=True))


def said_a_wrong_beginning(history: History) -> None:
    history.said.append(Said("a", "once upto", is_whole=False))


def said_a_job_that_is_not(history: History) -> None:
    history.said.append(Said("b", TEXT, is_whole=True))


def let_too_many_in(history: History) -> None:
    live = history.jobs["a"].live
    assert live is not None
    beside = replace(live, created_at=102.0)
    history.jobs["b"] = AcceptedJob(
        "b", 0, "anna", 1.0, ended_at=5.0, endings=1, live=beside, archived=beside
    )


BAD: tuple[tuple[Break, str], ...] = (
    (cut_before_its_deadline, "deadlines_hold"),
    (cut_without_a_deadline, "deadlines_hold"),
    (expired_before_its_deadline, "deadlines_hold"),
    (expired_with_a_text, "deadlines_hold"),
    (expired_though_it_was_told, "deadlines_hold"),
    (made_two_jobs_of_one_key, "same_key_is_same_job"),
    (made_a_job_that_nobody_heard_of, "same_key_is_same_job"),
    (never_answered_a_key, "same_key_is_same_job"),
    (said_something_else, "completions_say_what_was_written"),
    (said_less_than_all, "completions_say_what_was_written"),
    (said_a_wrong_beginning, "completions_say_what_was_written"),
    (said_a_job_that_is_not, "completions_say_what_was_written"),
    (let_too_many_in, "no_key_has_too_many_jobs"),
)
