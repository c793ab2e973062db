"""The rules that no fault may break, as pure functions over a recorded history."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.faults.records import AcceptedJob, History, Occurrence, Reading

ENDED = {"succeeded", "failed", "cancelled", "expired"}
EVENT_OF = {"succeeded": "done", "failed": "error", "cancelled": "cancelled", "expired": "error"}
FORGETS = "flush Redis"
ATTEMPTS_PER_FAULT = 2
"""A claim whose answer a fault swallows costs an attempt, and the retry of it another one."""
AFTERMATH_SECONDS = 15.0
"""So long after a fault its broken connections and lapsed leases may still cost an attempt."""


@dataclass(frozen=True, slots=True)
class Violation:
    seed: int
    rule: str
    detail: str


def violations(history: History) -> list[Violation]:
    return [
        Violation(history.seed, rule.__name__, detail) for rule in RULES for detail in rule(history)
    ]


def something_was_asked(history: History) -> Iterator[str]:
    """A history without jobs breaks no rule, and proves nothing."""
    if not history.jobs:
        yield "no job was accepted"


def every_job_ends_once(history: History) -> Iterator[str]:
    for job in history.jobs.values():
        if job.live is None or job.live.status not in ENDED:
            yield f"{job.id} has not ended: {job.live.status if job.live else 'unknown'}"
        elif job.endings != 1:
            yield f"{job.id} ended {job.endings} times"
        elif job.live.status not in ({"cancelled", "succeeded"} if job.cancelled else _WRITTEN):
            yield f"{job.id} ended as {job.live.status}"


def cancels_hold(history: History) -> Iterator[str]:
    """Whoever asks for a job's end is told one, and it stays. Only a job that an emptied Redis gets
    anew may be seen waiting, before it is cancelled there as well.
    """
    for job in history.jobs.values():
        if not job.cancelled or job.live is None:
            continue
        answer = job.cancel_answer
        if answer is None:
            yield f"{job.id}: its cancel was never answered"
        elif answer.status in ENDED:
            if answer.status != job.live.status:
                yield f"{job.id} ended as {job.live.status}, its cancel was told {answer}"
        elif not _is_forgotten(history, job):
            yield f"{job.id} had not ended when its cancel was told {answer}"


def library_keeps_what_ended(history: History) -> Iterator[str]:
    for job in history.jobs.values():
        if job.live != job.archived:
            yield f"{job.id}: {_of(job.archived)} in the library, {_of(job.live)} before"


def stored_text_is_the_undisturbed(history: History) -> Iterator[str]:
    """Of a cancelled story as much as was written."""
    for job in history.jobs.values():
        if job.live is None:
            continue
        expected = history.undisturbed[job.story]
        if job.live.status == "cancelled":
            expected = expected[: len(job.live.text)]
        if job.live.text != expected:
            yield f"{job.id} is another story from character {_split(job.live.text, expected)} on"


def readers_miss_and_repeat_nothing(history: History) -> Iterator[str]:
    for reading in history.readings:
        cursor = 0
        for delivery in reading.deliveries:
            start = delivery.index - delivery.count
            if start != cursor:
                kind = "gap" if start > cursor else "repeat"
                yield f"{_name(reading)}: {kind} at token {cursor}, was told {start + 1}"
                break
            cursor = delivery.index


def readers_read_what_is_stored(history: History) -> Iterator[str]:
    """A story that an emptied Redis begins anew may be cancelled before it has come as far again as
    its readers had; they have read more of the same story than is kept.
    """
    for reading in history.readings:
        job = history.jobs[reading.job_id]
        if job.live is None or not reading.endings:
            continue
        expected = job.live.text
        if job.live.status == "cancelled" and _is_forgotten(history, job):
            expected = history.undisturbed[job.story][: len(reading.text)]
        if reading.text != expected:
            yield f"{_name(reading)} read {len(reading.text)} of {len(job.live.text)} characters"


def readers_hear_one_ending(history: History) -> Iterator[str]:
    for reading in history.readings:
        job = history.jobs[reading.job_id]
        expected = EVENT_OF.get(job.live.status) if job.live else None
        if reading.endings != [expected]:
            yield f"{_name(reading)} heard {reading.endings} of a job with {expected}"


def checkpoints_prove_the_text(history: History) -> Iterator[str]:
    for reading in history.readings:
        text = {0: ""}
        for delivery in reading.deliveries:
            text[delivery.index] = text[max(text)] + delivery.text
        for index, sha256 in reading.checkpoints:
            if index in text and hashlib.sha256(text[index].encode()).hexdigest() != sha256:
                yield f"{_name(reading)}: the text up to {index} is not what its checkpoint says"


def one_owner_per_epoch(history: History) -> Iterator[str]:
    owners: dict[tuple[str, int], set[str]] = defaultdict(set)
    for claim in history.claims:
        owners[claim.job_id, claim.epoch].add(claim.owner)
    for (job_id, epoch), names in owners.items():
        if len(names) > 1:
            yield f"{job_id} has {sorted(names)} under epoch {epoch}"


def attempts_have_a_reason(history: History) -> Iterator[str]:
    for job in history.jobs.values():
        if job.live is None:
            continue
        faults = sum(_can_cost_attempt(each, job) for each in history.occurrences)
        if job.live.attempts > 1 + ATTEMPTS_PER_FAULT * faults:
            yield f"{job.id} took {job.live.attempts} attempts through {faults} faults"


def nobody_is_surprised(history: History) -> Iterator[str]:
    yield from history.surprises
    for reading in history.readings:
        for surprise in reading.surprises:
            yield f"{_name(reading)}: {surprise}"


def nothing_is_left_over(history: History) -> Iterator[str]:
    yield from history.leaks


RULES: tuple[Callable[[History], Iterator[str]], ...] = (
    something_was_asked,
    every_job_ends_once,
    cancels_hold,
    library_keeps_what_ended,
    stored_text_is_the_undisturbed,
    readers_miss_and_repeat_nothing,
    readers_read_what_is_stored,
    readers_hear_one_ending,
    checkpoints_prove_the_text,
    one_owner_per_epoch,
    attempts_have_a_reason,
    nobody_is_surprised,
    nothing_is_left_over,
)
_WRITTEN = {"succeeded"}


def _is_forgotten(history: History, job: AcceptedJob) -> bool:
    """Whether Redis may have lost it before it was kept."""
    return any(each.fault == FORGETS and _meets(each, job) for each in history.occurrences)


def _meets(fault: Occurrence, job: AcceptedJob) -> bool:
    """Whether the fault, or what it left behind, can have touched the job."""
    return job.ended_at is None or fault.began <= job.ended_at


def _can_cost_attempt(fault: Occurrence, job: AcceptedJob) -> bool:
    is_over = fault.ended is not None and fault.ended + AFTERMATH_SECONDS < job.accepted_at
    return fault.touches_writing and not is_over and _meets(fault, job)


def _name(reading: Reading) -> str:
    return f"{reading.job_id} reader {reading.reader}"


def _of(stored: object) -> str:
    return "nothing" if stored is None else repr(stored)[:200]


def _split(one: str, other: str) -> int:
    """Where two texts part."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
