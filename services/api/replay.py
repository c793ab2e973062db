"""The events of an ended job once more, as the log told them. Knows neither Redis nor HTTP."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from services.api.cursors import require_boundary
from shared.events import (
    CancelledEvent,
    DoneEvent,
    ErrorEvent,
    Event,
    TerminalEvent,
)
from shared.joblog import Job, LogEntry
from shared.jobs import JobView
from shared.metrics import ApiMetrics
from shared.schemas import FinishReason, JobStatus

OWN_ENDS = (FinishReason.STOP, FinishReason.LENGTH)
"""Where a story always ends, however often it is written."""
BATCH = 500
"""Most events at a time."""


@dataclass(frozen=True, slots=True)
class Record:
    """A job's whole log, and its ending."""

    entries: Sequence[LogEntry]
    ending: TerminalEvent
    most: int
    """How many tokens a reader can have."""

    @property
    def count(self) -> int:
        return self.entries[-1].token.index if self.entries else 0

    def behind(self, cursor: int) -> list[LogEntry]:
        """Raises InvalidCursorError if no reader can have stopped there."""
        left = [entry for entry in self.entries if entry.token.index > cursor]
        require_boundary(cursor, most=self.most, following=left[0].token if left else None)
        return left


async def replay(
    entries: Sequence[LogEntry], ending: TerminalEvent, metrics: ApiMetrics
) -> AsyncGenerator[list[Event], None]:
    """In batches, as `follow` tells a job that is not ended."""
    events = _events(entries, ending)
    with metrics.open_streams.track_inprogress():
        for first in range(0, len(events), BATCH):
            batch = events[first : first + BATCH]
            for event in batch:
                metrics.events_sent[event.type].inc()
            yield batch


def most_tokens(view: JobView) -> int:
    """How many tokens a reader of this job can have.

    Of a story that did not come to its own end, more than there are: Redis may have lost it, and it
    ended before it was written so far again.
    """
    if view.finish_reason in OWN_ENDS:
        return view.usage.completion_tokens
    return view.request.most_tokens


def furthest(job: Job) -> int:
    """The same of a job in Redis, which may have lost the last second of it, or all. The same
    tokens come again, and the reader goes on behind those it has.
    """
    if isinstance(job.ending, DoneEvent) and job.ending.finish_reason in OWN_ENDS:
        return job.count
    return job.spec.most_tokens


def ending_of(view: JobView) -> TerminalEvent:
    """The event that ended this job."""
    if view.status is JobStatus.CANCELLED:
        return CancelledEvent()
    if view.error is not None:
        return ErrorEvent(code=view.error.code, detail=view.error.detail)
    assert view.finish_reason is not None
    assert view.receipt is not None
    return DoneEvent(finish_reason=view.finish_reason, usage=view.usage, receipt=view.receipt)


def _events(entries: Sequence[LogEntry], ending: TerminalEvent) -> list[Event]:
    events: list[Event] = []
    for entry in entries:
        events.append(entry.token)
        if entry.checkpoint:
            events.append(entry.checkpoint)
    return [*events, ending]
