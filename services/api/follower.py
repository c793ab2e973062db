"""One reader's way through one story: every token once, in order, then the ending.

Asks the mailbox for what is new and the log for what is certain. Knows no HTTP.
"""

import contextlib
import random
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass

import structlog

from services.api.hub import Hub
from services.api.mailbox import Mailbox, Signal
from services.api.places import eta_at, position_of
from shared.errors import DamagedRecordError, ErrorCode, StoreUnavailableError
from shared.events import (
    CheckpointEvent,
    ErrorEvent,
    Event,
    QueuedEvent,
    ResumedEvent,
    StartedEvent,
    TokenEvent,
)
from shared.joblog import AsyncJobLog, Job, LogEntry, commands
from shared.metrics import ApiMetrics
from shared.schemas import JobStatus
from shared.tracing import start_span, trace_id_of

CONFIRM_SECONDS = 1.0
QUEUED_SECONDS = 1.0
"""How old the position that a waiting reader sees may be."""
SILENCE_SECONDS = 2.0
"""After this long without an event the log is asked whether one was lost."""
BATCH = 500
_log = structlog.get_logger(__name__)
LONGEST_BACKOFF_SECONDS = 2.0
VANISHED = ErrorEvent(code=ErrorCode.UNKNOWN_JOB, detail="The service no longer knows this job.")


@dataclass(slots=True)
class Progress:
    """What the reader has been told."""

    cursor: int
    checkpoint: int = 0
    attempt: int | None = None
    """None until the first look at the job; 0 while it has never started."""
    queued: QueuedEvent | None = None
    ended: bool = False


class Follower:
    def __init__(
        self,
        joblog: AsyncJobLog,
        mailbox: Mailbox,
        metrics: ApiMetrics,
        *,
        job_id: str,
        cursor: int,
    ) -> None:
        self._joblog = joblog
        self._mailbox = mailbox
        self._metrics = metrics
        self._job_id = job_id
        self._seen = Progress(cursor)
        self._job: Job | None = None
        self._must_read = True
        self._failures = 0

    @property
    def job_id(self) -> str:
        return self._job_id

    @property
    def cursor(self) -> int:
        """How many tokens the reader has."""
        return self._seen.cursor

    @property
    def ended(self) -> bool:
        return self._seen.ended

    async def next_events(self) -> list[Event]:
        """What comes next, at most a batch; empty if nothing did for a while."""
        if self._must_read:
            return await self._read_log()
        waits = self._job is not None and self._job.status is JobStatus.QUEUED
        match await self._mailbox.take(QUEUED_SECONDS if waits else SILENCE_SECONDS):
            case Signal.CLOSED:
                self._seen.ended = True
                return []
            case Signal.SILENCE | Signal.MISSED:
                return await self._reread_log()
            case event:
                return await self._take_live(event)

    async def _take_live(self, event: Event) -> list[Event]:
        match event:
            case TokenEvent() if event.index <= self._seen.cursor:
                return []
            case TokenEvent() if event.start == self._seen.cursor:
                self._seen.cursor = event.index
                return [event]
            case TokenEvent():
                self._metrics.gaps_repaired.inc()
            case CheckpointEvent() if event.index <= self._seen.cursor:
                return self._checkpoint(event)
            case StartedEvent() | ResumedEvent() if event.attempt > (self._seen.attempt or 0):
                # Told at once: a short story may have ended before the record is read.
                self._seen.attempt, self._seen.queued = event.attempt, None
                return [event, *await self._reread_log()]
        # An ending or a gap: the record and the log say how things stand.
        return await self._reread_log()

    async def _reread_log(self) -> list[Event]:
        self._metrics.log_reads.inc()
        return await self._read_log()

    async def _read_log(self) -> list[Event]:
        """While Redis is away: nothing, after a pause; the stream stays open."""
        self._must_read = True
        self._mailbox.forget_misses()
        try:
            # The record first: if it says that the job has ended, the log read after it is whole.
            job = await self._joblog.run(commands.read_job(self._job_id))
            entries = await self._joblog.run(
                commands.read_log(self._job_id, after=self._seen.cursor, limit=BATCH)
            )
            events = await self._status_events(job) if job else []
        except StoreUnavailableError:
            await self._pause()
            return []
        except DamagedRecordError as error:
            self._seen.ended = True
            return [ErrorEvent(code=error.code, detail=error.detail)]
        self._failures = 0
        self._must_read = len(entries) == BATCH
        self._job = job
        return events + self._log_events(entries) + self._ending_events(job)

    async def _pause(self) -> None:
        self._failures += 1
        delay = min(LONGEST_BACKOFF_SECONDS, 0.05 * 2 ** min(self._failures, 10))
        await self._mailbox.wait_closed(delay * random.uniform(0.5, 1))
        self._seen.ended = self._mailbox.closed

    async def _status_events(self, job: Job) -> list[Event]:
        told, self._seen.attempt = self._seen.attempt, job.epoch
        if job.status is JobStatus.QUEUED:
            return await self._queued_events(job)
        self._seen.queued = None
        if job.status is JobStatus.RUNNING and job.epoch != told:
            if told:
                return [ResumedEvent(attempt=job.epoch)]
            return [StartedEvent(worker=job.owner, model=job.model, attempt=job.epoch)]
        return []

    async def _queued_events(self, job: Job) -> list[Event]:
        position = await position_of(self._joblog, job)
        if position is None:
            # Taken up between two reads: its start is on the way.
            return []
        if self._seen.queued is not None and self._seen.queued.position == position:
            return []
        eta = await eta_at(self._joblog, job.model, position)
        self._seen.queued = QueuedEvent(position=position, eta=eta)
        return [self._seen.queued]

    def _log_events(self, entries: list[LogEntry]) -> list[Event]:
        events: list[Event] = []
        for entry in entries:
            events.append(entry.token)
            self._seen.cursor = entry.token.index
            if entry.checkpoint:
                events += self._checkpoint(entry.checkpoint)
        return events

    def _checkpoint(self, event: CheckpointEvent) -> list[Event]:
        if event.index <= self._seen.checkpoint or event.index < self._seen.cursor:
            return []
        self._seen.checkpoint = event.index
        return [event]

    def _ending_events(self, job: Job | None) -> list[Event]:
        if self._must_read:
            return []
        if job is None:
            self._seen.ended = True
            return [VANISHED]
        if job.ending is None:
            return []
        self._seen.ended = True
        return [job.ending]


async def follow(
    joblog: AsyncJobLog,
    hub: Hub,
    metrics: ApiMetrics,
    *,
    job_id: str,
    cursor: int,
    traceparent: str = "",
) -> AsyncGenerator[Event, None]:
    """The story's events behind `cursor`, up to its ending or to the end of the service.

    `traceparent` is the job's, whose trace then shows what was told to this reader.
    """
    with metrics.open_streams.track_inprogress(), hub.open(job_id) as mailbox:
        follower = Follower(joblog, mailbox, metrics, job_id=job_id, cursor=cursor)
        with traced(follower, traceparent):
            # Subscribed before the first look, so that nothing falls between the two.
            await mailbox.wait_confirmed(CONFIRM_SECONDS)
            while not follower.ended:
                for event in await follower.next_events():
                    metrics.events_sent[event.type].inc()
                    yield event


@contextlib.contextmanager
def traced(follower: Follower, traceparent: str) -> Iterator[None]:
    """Tell the log, and the story's trace if it has one, what this reader was told."""
    log = _log.bind(job_id=follower.job_id, trace_id=trace_id_of(traceparent))
    span = start_span("relay", traceparent, {"once.job_id": follower.job_id})
    span.set_attribute("once.cursor", follower.cursor)
    try:
        yield
    finally:
        log.info("stream over", cursor=follower.cursor, ended=follower.ended)
        span.set_attributes({"once.told": follower.cursor, "once.ended": follower.ended})
        span.end()
