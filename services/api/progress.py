"""What one reader has been told, and who else is to hear of that."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from shared.events import QueuedEvent
from shared.tracing import start_span, trace_id_of

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Progress:
    cursor: int
    """How many tokens the reader has."""
    checkpoint: int = 0
    attempt: int | None = None
    """None until the first look at the job; 0 while it has never started."""
    queued: QueuedEvent | None = None
    ended: bool = False


@contextlib.contextmanager
def traced(progress: Progress, *, job_id: str, traceparent: str) -> Iterator[None]:
    """Tell the log, and the story's trace if it has one, what this reader was told."""
    log = _log.bind(job_id=job_id, trace_id=trace_id_of(traceparent))
    span = start_span("relay", traceparent, {"once.job_id": job_id})
    span.set_attribute("once.cursor", progress.cursor)
    try:
        yield
    finally:
        log.info("stream over", cursor=progress.cursor, ended=progress.ended)
        span.set_attributes({"once.told": progress.cursor, "once.ended": progress.ended})
        span.end()
