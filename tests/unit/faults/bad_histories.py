"""Histories of jobs that break a rule each."""

from collections.abc import Callable

from tests.faults.records import (
    CancelAnswer,
    Claimed,
    Ending,
    History,
    Stored,
)
from tests.unit.faults.good_history import (
    TEXT,
    set_live,
)

Break = Callable[[History], None]


def without_jobs(history: History) -> None:
    history.jobs.clear()
    history.readings.clear()


def never_ended(history: History) -> None:
    set_live(history, status="running")


def vanished(history: History) -> None:
    history.jobs["a"].live = history.jobs["a"].archived = None


def never_told_its_end(history: History) -> None:
    history.jobs["a"].endings = 0


def ended_twice(history: History) -> None:
    history.jobs["a"].endings = 2


def failed_for_no_reason(history: History) -> None:
    set_live(history, status="failed")
    history.readings[0].endings = [Ending(6.0, "error")]


def cancelled_unasked(history: History) -> None:
    set_live(history, status="cancelled")
    history.readings[0].endings = [Ending(6.0, "cancelled")]


def cancel(history: History, *, told: str | None) -> None:
    job = history.jobs["a"]
    job.cancelled = True
    job.cancel_answer = None if told is None else CancelAnswer(2.0, 200, told)


def cancel_unanswered(history: History) -> None:
    cancel(history, told=None)


def cancel_without_effect(history: History) -> None:
    cancel(history, told="running")


def cancel_undone(history: History) -> None:
    cancel(history, told="cancelled")


def forgotten_by_the_library(history: History) -> None:
    history.jobs["a"].archived = None


def kept_differently(history: History) -> None:
    history.jobs["a"].archived = Stored("succeeded", TEXT, 4, 1)


def written_differently(history: History) -> None:
    history.undisturbed[0] = "once upon a tide"


def shared(history: History) -> None:
    history.claims[1] = Claimed("a", 1, "worker-2-1")


def restarted_without_cause(history: History) -> None:
    history.occurrences.clear()


def disturbed_only_afterwards(history: History) -> None:
    history.occurrences[0].began = 5.5


def disturbed_only_its_readers(history: History) -> None:
    history.occurrences[0].touches_writing = False


def disturbed_long_before(history: History) -> None:
    history.occurrences[0].began, history.occurrences[0].ended = -100.0, -90.0


def passed_around(history: History) -> None:
    set_live(history, attempts=4)


def refused(history: History) -> None:
    history.surprises.append("500 from /v1/jobs")


def leaked(history: History) -> None:
    history.leaks.append("1 leases are left")


BAD: tuple[tuple[Break, str], ...] = (
    (without_jobs, "something_was_asked"),
    (never_ended, "every_job_ends_once"),
    (vanished, "every_job_ends_once"),
    (never_told_its_end, "every_job_ends_once"),
    (ended_twice, "every_job_ends_once"),
    (failed_for_no_reason, "every_job_ends_once"),
    (cancelled_unasked, "every_job_ends_once"),
    (cancel_unanswered, "cancels_hold"),
    (cancel_without_effect, "cancels_hold"),
    (cancel_undone, "cancels_hold"),
    (forgotten_by_the_library, "library_keeps_what_ended"),
    (kept_differently, "library_keeps_what_ended"),
    (written_differently, "stored_text_is_the_undisturbed"),
    (shared, "one_owner_per_epoch"),
    (restarted_without_cause, "attempts_have_a_reason"),
    (disturbed_only_afterwards, "attempts_have_a_reason"),
    (disturbed_only_its_readers, "attempts_have_a_reason"),
    (disturbed_long_before, "attempts_have_a_reason"),
    (passed_around, "attempts_have_a_reason"),
    (refused, "nobody_is_surprised"),
    (leaked, "nothing_is_left_over"),
)
