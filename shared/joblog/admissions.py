"""How many jobs are let in: of one caller in a while, of one caller at once, and to wait.

And how many questions what a job would be like.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.joblog import keys
from shared.joblog.command import Command
from shared.joblog.commands import RETENTION_SECONDS
from shared.joblog.scripts import transition
from shared.schemas import Priority

WINDOW_MS = 60_000
ENTERING_MS = 30_000
"""A job that was let in and is not submitted by then, its API having died, counts no more."""


class Limit(StrEnum):
    REQUESTS = "requests"
    JOBS = "jobs"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Bounds:
    """0 is no limit."""

    requests: int = 0
    """Of one caller, within any WINDOW_MS."""
    jobs: int = 0
    """Of one caller, waiting and running."""
    waiting: int = 0
    """Of one model, of all callers."""


@dataclass(frozen=True, slots=True)
class Refusal:
    limit: Limit
    number: int
    """Milliseconds until there is room for a request; else how many jobs there are."""


def admit(job_id: str, bounds: Bounds, *, caller: str, model: str) -> Command[Refusal | None]:
    """Take a place for a job that is about to be submitted; None if there was one."""
    return transition(
        "admit",
        [
            keys.requests(caller),
            keys.jobs_under_way(caller),
            keys.entering(model),
            *(keys.waiting(model, priority) for priority in Priority),
        ],
        [
            job_id,
            bounds.requests,
            WINDOW_MS,
            bounds.jobs,
            bounds.waiting,
            ENTERING_MS,
            RETENTION_SECONDS,
        ],
        _refusal,
    )


def ask(question_id: str, most: int, *, caller: str) -> Command[int | None]:
    """Count a question what a job would be like.

    None if it may be asked; else milliseconds until there is room for it in the window.
    """
    return transition("ask", [keys.questions(caller)], [question_id, most, WINDOW_MS], _wait)


def withdraw(job_id: str, *, caller: str, model: str) -> Command[int]:
    """Give back the places of a job that is not made after all."""
    places = [keys.requests(caller), keys.jobs_under_way(caller), keys.entering(model)]
    return transition("withdraw", places, [job_id], int)


def _refusal(answer: Sequence[str | int] | None) -> Refusal | None:
    return Refusal(Limit(str(answer[0])), int(answer[1])) if answer else None


def _wait(answer: int | None) -> int | None:
    return None if answer is None else int(answer)
