"""One reader's way through one story: every token once, in order, then the ending.

Asks the mailbox for what is new and the log for what is certain. Knows no HTTP.
"""

import random
from collections.abc import Awaitable, Callable, Sequence

from services.api.damage import read_record, was_begun_between
from services.api.mailbox import Mailbox, Send, Signal
from services.api.places import Place, place_at, place_of, standing_of, workers_of
from services.api.progress import Progress
from services.api.replay import BATCH, Record
from shared.errors import (
    DamagedRecordError,
    EventsGoneError,
    LibraryUnavailableError,
    StoreUnavailableError,
    UnknownJobError,
)
from shared.events import (
    CheckpointEvent,
    ErrorEvent,
    Event,
    QueuedEvent,
    ResumedEvent,
    StartedEvent,
    TokenEvent,
)
from shared.joblog import AsyncJobLog, Job, LogEntry
from shared.metrics import ApiMetrics
from shared.schemas import JobStatus

QUEUED_SECONDS = 1.0
"""How old the position that a waiting reader sees may be."""
FAR_POSITION = 20
FAR_QUEUED_SECONDS = 5.0
"""The same further back in the queue, where readers may be many."""
SILENCE_SECONDS = 2.0
"""After this long without an event the log is asked whether one was lost."""
LONGEST_BACKOFF_SECONDS = 2.0
Recall = Callable[[], Awaitable[Record | None]]
"""What is left of a job that Redis has lost; None if it waits there again."""
Settle = Callable[[], Awaitable[bool]]
"""See to it that an ended job is kept; False if it is not whole in Redis."""


class Follower:
    def __init__(
        self,
        joblog: AsyncJobLog,
        mailbox: Mailbox,
        metrics: ApiMetrics,
        *,
        job_id: str,
        cursor: int,
        recall: Recall,
        settle: Settle,
        send: Send | None = None,
    ) -> None:
        self.recall = recall
        self.settle = settle
        self._send = send
        self._joblog = joblog
        self._mailbox = mailbox
        self._metrics = metrics
        self._job_id = job_id
        self._seen = Progress(cursor)
        self._is_queued = False
        self._must_read = True
        self._failures = 0

    @property
    def progress(self) -> Progress:
        return self._seen

    @property
    def ended(self) -> bool:
        return self._seen.ended

    async def next_batch(self) -> list[Event]:
        """As `next_events`, with what has come meanwhile: whoever lags behind sends less often."""
        events = await self.next_events()
        while self._has_more() and len(events) < BATCH:
            events += await self.next_events()
        return events

    def _has_more(self) -> bool:
        """At once, and not behind the ending, which may have been read before it was heard."""
        return self._mailbox.has_more and not self._must_read and not self._seen.ended

    async def next_events(self) -> list[Event]:
        """What comes next, at most a batch; empty if nothing did for a while."""
        if self._must_read:
            return await self._read_log()
        news = await self._mailbox.take(self._patience(), self._tell_at_once)
        if not isinstance(news, Signal):
            return await self._take_live(news)
        if news is not Signal.CLOSED:
            return await self._reread_log()
        self._seen.ended = True
        return []

    def _tell_at_once(self, events: Sequence[Event]) -> int:
        """The tokens that come next, where there is a way for them; `_take_live` gets the rest."""
        cursor, count = self._seen.cursor, 0
        for event in events:
            if not isinstance(event, TokenEvent) or event.start != cursor:
                break
            cursor = event.index
            count += 1
        if not count or self._send is None or not self._send(events[:count]):
            return 0
        self._seen.cursor = cursor
        self._metrics.events_sent["token"].inc(count)
        return count

    def _patience(self) -> float:
        if not self._is_queued:
            return SILENCE_SECONDS
        is_far = self._seen.queued is not None and self._seen.queued.position >= FAR_POSITION
        return FAR_QUEUED_SECONDS if is_far else QUEUED_SECONDS

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
        """While Redis is away, or has lost some: nothing, after a pause; the stream stays open."""
        self._must_read = True
        self._mailbox.forget_misses()
        try:
            record = await read_record(
                self._joblog, self._job_id, after=self._seen.cursor, limit=BATCH
            )
            if record is None:
                return await self._recalled()
            job, entries = record
            if was_begun_between(job, entries):
                await self._pause()
                return []
            events = await self._status_events(job)
        except (StoreUnavailableError, LibraryUnavailableError, DamagedRecordError):
            await self._pause()
            return []
        self._failures = 0
        self._must_read = len(entries) == BATCH
        self._is_queued = job.status is JobStatus.QUEUED
        return events + self._log_events(entries) + await self._ending_events(job)

    async def _recalled(self) -> list[Event]:
        try:
            record = await self.recall()
        except (UnknownJobError, EventsGoneError) as error:
            self._seen.ended = True
            return [ErrorEvent(code=error.code, detail=error.detail)]
        if record is None:
            await self._pause()
            return []
        self._seen.ended = True
        behind = [entry for entry in record.entries if entry.token.index > self._seen.cursor]
        return [*self._log_events(behind), record.ending]

    async def _pause(self) -> None:
        self._failures += 1
        delay = min(LONGEST_BACKOFF_SECONDS, 0.05 * 2 ** min(self._failures, 10))
        await self._mailbox.wait_closed(delay * random.uniform(0.5, 1))
        self._seen.ended = self._mailbox.closed

    async def _status_events(self, job: Job) -> list[Event]:
        # A Redis that lost everything counts from the first again; the reader need not know.
        told = self._seen.attempt or 0
        self._seen.attempt = max(told, job.attempts)
        if job.status is JobStatus.QUEUED:
            return await self._queued_events(job)
        self._seen.queued = None
        if job.status is JobStatus.RUNNING and job.attempts > told:
            if told:
                return [ResumedEvent(attempt=job.attempts)]
            return [StartedEvent(worker=job.owner, model=job.model, attempt=job.attempts)]
        return []

    async def _queued_events(self, job: Job) -> list[Event]:
        told = self._seen.queued
        place = await (place_of(self._joblog, job) if told is None else self._moved_to(job, told))
        if place is None:
            return []
        self._seen.queued = QueuedEvent(position=place.position, eta=place.eta, served=place.served)
        return [self._seen.queued]

    async def _moved_to(self, job: Job, told: QueuedEvent) -> Place | None:
        """None if it stands where its reader was told, or was taken up between two reads."""
        standing = await standing_of(self._joblog, job)
        if standing is None:
            return None  # Its start is on the way.
        if told.position == standing.position:
            is_served = bool(await workers_of(self._joblog, job.model))
            if told.served == is_served:
                return None
        return await place_at(self._joblog, job.model, standing)

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

    async def _ending_events(self, job: Job) -> list[Event]:
        """Told once it is kept: a Redis that lost it would have the story go on, to another end."""
        if self._must_read or job.ending is None:
            return []
        if not await self._is_settled():
            self._must_read = True
            await self._pause()
            return []
        self._seen.ended = True
        return [job.ending]

    async def _is_settled(self) -> bool:
        try:
            return await self.settle()
        except (StoreUnavailableError, LibraryUnavailableError):
            return False
