"""Histories that break a rule each, and the good ones that they are made of."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from tests.faults.records import (
    AcceptedJob,
    CancelAnswer,
    Claimed,
    Delivery,
    History,
    Occurrence,
    Reading,
    Stored,
)

TEXT = "once upon a time"
WORDS = ["once", " upon", " a", " time"]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def good() -> History:
    """One job, killed once and finished under its second owner, read by one reader."""
    stored = Stored("succeeded", TEXT, 4, 2)
    job = AcceptedJob("a", 0, "anna", 1.0, ended_at=5.0, endings=1, live=stored, archived=stored)
    reading = Reading(
        "a",
        "0",
        [Delivery(2.0 + i, i + 1, 1, word) for i, word in enumerate(WORDS)],
        [(2, sha256("once upon")), (4, sha256(TEXT))],
        ["done"],
        ended_at=6.0,
        connections=3,
    )
    return History(
        7,
        [TEXT],
        {"a": job},
        [reading],
        [Claimed("a", 1, "worker-1-1"), Claimed("a", 2, "worker-2-1")],
        [Occurrence("kill -9 worker", 2.5, 3.0, touches_writing=True)],
    )


def cancelled(text: str, tokens: int) -> History:
    history = good()
    stored = Stored("cancelled", text, tokens, 1)
    job = history.jobs["a"]
    job.cancelled, job.live, job.archived = True, stored, stored
    job.cancel_answer = CancelAnswer(4.5, 200, "cancelled")
    del history.readings[0].deliveries[tokens:]
    history.readings[0].endings = ["cancelled"]
    return history


def set_live(history: History, **changes: object) -> None:
    job = history.jobs["a"]
    assert job.live is not None
    job.live = job.archived = replace(job.live, **changes)  # type: ignore[arg-type]


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
    history.readings[0].endings = ["error"]


def cancelled_unasked(history: History) -> None:
    set_live(history, status="cancelled")
    history.readings[0].endings = ["cancelled"]


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


def gap(history: History) -> None:
    del history.readings[0].deliveries[1]


def repeat(history: History) -> None:
    deliveries = history.readings[0].deliveries
    deliveries.insert(2, deliveries[1])


def swapped(history: History) -> None:
    deliveries = history.readings[0].deliveries
    deliveries[1], deliveries[2] = deliveries[2], deliveries[1]


def cut_short(history: History) -> None:
    del history.readings[0].deliveries[3]


def misread(history: History) -> None:
    history.readings[0].deliveries[3] = Delivery(5.0, 4, 1, " tide")


def told_two_endings(history: History) -> None:
    history.readings[0].endings = ["done", "done"]


def told_no_ending(history: History) -> None:
    history.readings[0].endings = []


def told_the_wrong_ending(history: History) -> None:
    history.readings[0].endings = ["cancelled"]


def told_a_wrong_hash(history: History) -> None:
    history.readings[0].checkpoints[0] = (2, sha256("once a"))


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


def told_nonsense(history: History) -> None:
    history.readings[0].surprises.append("404 from /v1/jobs/a/events")


def leaked(history: History) -> None:
    history.leaks.append("1 leases are left")


BAD: tuple[tuple[Callable[[History], None], str], ...] = (
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
    (gap, "readers_miss_and_repeat_nothing"),
    (repeat, "readers_miss_and_repeat_nothing"),
    (swapped, "readers_miss_and_repeat_nothing"),
    (cut_short, "readers_read_what_is_stored"),
    (misread, "readers_read_what_is_stored"),
    (told_two_endings, "readers_hear_one_ending"),
    (told_no_ending, "readers_hear_one_ending"),
    (told_the_wrong_ending, "readers_hear_one_ending"),
    (told_a_wrong_hash, "checkpoints_prove_the_text"),
    (shared, "one_owner_per_epoch"),
    (restarted_without_cause, "attempts_have_a_reason"),
    (disturbed_only_afterwards, "attempts_have_a_reason"),
    (disturbed_only_its_readers, "attempts_have_a_reason"),
    (disturbed_long_before, "attempts_have_a_reason"),
    (passed_around, "attempts_have_a_reason"),
    (refused, "nobody_is_surprised"),
    (told_nonsense, "nobody_is_surprised"),
    (leaked, "nothing_is_left_over"),
)
