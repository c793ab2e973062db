"""What holds for every accepted job, whatever breaks. Pure."""

from collections import defaultdict
from collections.abc import Iterator

from tests.faults.excuses import can_cost_attempt
from tests.faults.records import AcceptedJob, History

ENDED = {"succeeded", "failed", "cancelled", "expired"}
ATTEMPTS_PER_FAULT = 2
"""A claim whose answer a fault swallows costs an attempt, and the retry of it another one."""


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
        elif job.live.status not in _own_ends(job):
            yield f"{job.id} ended as {job.live.status}"


def library_keeps_what_ended(history: History) -> Iterator[str]:
    for job in history.jobs.values():
        if job.live != job.archived:
            yield f"{job.id}: {_of(job.archived)} in the library, {_of(job.live)} before"


def stored_text_is_the_undisturbed(history: History) -> Iterator[str]:
    """Of a story that was cut as much as was written."""
    for job in history.jobs.values():
        if job.live is None:
            continue
        expected = history.undisturbed[job.story]
        if job.live.is_cut:
            expected = expected[: len(job.live.text)]
        if job.live.text != expected:
            yield f"{job.id} is another story from character {_split(job.live.text, expected)} on"


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
        faults = sum(can_cost_attempt(each, job) for each in history.occurrences)
        if job.live.attempts > 1 + ATTEMPTS_PER_FAULT * faults:
            yield f"{job.id} took {job.live.attempts} attempts through {faults} faults"


def nothing_is_left_over(history: History) -> Iterator[str]:
    yield from history.leaks


def _own_ends(job: AcceptedJob) -> set[str]:
    if job.cancelled:
        return {"succeeded", "cancelled"}
    return {"succeeded"} if job.deadline is None else {"succeeded", "expired"}


def _of(stored: object) -> str:
    return "nothing" if stored is None else repr(stored)[:200]


def _split(one: str, other: str) -> int:
    """Where two texts part."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
