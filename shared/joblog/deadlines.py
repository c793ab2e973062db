"""Jobs that have a time by which they are to begin, and then to end."""

from shared.errors import ErrorCode
from shared.events import DoneEvent, ErrorEvent, TerminalEvent
from shared.joblog import keys
from shared.joblog.command import Command
from shared.joblog.commands import RETENTION_SECONDS
from shared.joblog.records import Job
from shared.joblog.scripts import transition
from shared.schemas import JobStatus

TOO_LATE = ErrorEvent(
    code=ErrorCode.EXPIRED, detail="The story had not begun when its deadline passed."
)
LOOKED_AT = 1_000
"""At a time."""


def expire() -> Command[list[str]]:
    """End those that are too late to begin; answers their ids."""
    return transition(
        "expire",
        [keys.DEADLINES, keys.ENDED],
        [LOOKED_AT, TOO_LATE.model_dump_json(), RETENTION_SECONDS],
        list,
    )


def foresee(job_id: str, epoch: int, ending: DoneEvent) -> Command[bool]:
    """Say as its owner how a job is to end if its deadline passes while nobody writes it.

    What it counts and hashes is of no matter: that is told by the log. False if it is not the
    caller's.
    """
    return transition("foresee", [keys.job(job_id)], [epoch, ending.model_dump_json()], bool)


def overdue() -> Command[list[str]]:
    """The ids of begun jobs whose deadline has passed and that nobody writes."""
    return transition("overdue", [keys.DEADLINES, keys.LEASES], [LOOKED_AT], list)


def conclude(job: Job, status: JobStatus, ending: TerminalEvent) -> Command[bool]:
    """End an overdue job as it was read. False if anything has become of it since."""
    return transition(
        "conclude",
        [keys.job(job.id), keys.log(job.id), keys.LEASES, keys.ENDED],
        [job.id, job.epoch, job.count, status, ending.model_dump_json(), RETENTION_SECONDS],
        bool,
    )
