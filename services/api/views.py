"""A job as the API answers it, from its record, its log and its place. Pure."""

from collections.abc import Sequence

from services.api.places import Place
from shared.errors import ErrorCode
from shared.events import CancelledEvent, DoneEvent, ErrorEvent, TerminalEvent
from shared.joblog import Job, LogEntry
from shared.jobs import JobError, JobView, Links, Pickup, Usage
from shared.schemas import FinishReason


def job_path(job_id: str) -> str:
    return f"/v1/jobs/{job_id}"


def events_path(job_id: str) -> str:
    return f"{job_path(job_id)}/events"


def job_links(job_id: str) -> Links:
    return Links(self=job_path(job_id), events=events_path(job_id))


def job_view(job: Job, entries: Sequence[LogEntry], place: Place | None) -> JobView:
    """`entries` is the whole log; it may be longer than the record says, and then it counts."""
    ending = job.ending
    return JobView(
        id=job.id,
        status=job.status,
        text="".join(entry.token.text for entry in entries),
        position=place.position if place else None,
        eta_seconds=place.eta if place else None,
        served=place.served if place else True,
        attempts=job.attempts,
        pickups=_pickups(job, entries),
        usage=_usage(job, entries),
        finish_reason=_finish_reason(ending),
        receipt=ending.receipt if isinstance(ending, DoneEvent) else None,
        error=_error(ending),
        request=job.spec.request,
        model=job.model,
        seed=job.spec.seed,
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        links=job_links(job.id),
    )


def is_cut(job: Job, entries: Sequence[LogEntry]) -> bool:
    """Whether this log, read after the record, lacks some of it: Redis has lost both meanwhile."""
    return (entries[-1].token.index if entries else 0) < job.count


def _pickups(job: Job, entries: Sequence[LogEntry]) -> list[Pickup]:
    def characters(tokens: int) -> int:
        return sum(len(each.token.text) for each in entries if each.token.index <= tokens)

    places = sorted({tokens for tokens in job.pickups if tokens})
    return [Pickup(tokens=tokens, characters=characters(tokens)) for tokens in places]


def _usage(job: Job, entries: Sequence[LogEntry]) -> Usage:
    if isinstance(job.ending, DoneEvent):
        return job.ending.usage
    written = entries[-1].token.index if entries else 0
    return Usage(prompt_tokens=job.prompt_tokens, completion_tokens=written)


def _finish_reason(ending: TerminalEvent | None) -> FinishReason | None:
    match ending:
        case DoneEvent():
            return ending.finish_reason
        case CancelledEvent():
            return FinishReason.CANCELLED
        case ErrorEvent(code=ErrorCode.EXPIRED):
            return FinishReason.DEADLINE
        case ErrorEvent():
            return FinishReason.ERROR
    return None


def _error(ending: TerminalEvent | None) -> JobError | None:
    if not isinstance(ending, ErrorEvent):
        return None
    return JobError(code=ending.code, detail=ending.detail)
