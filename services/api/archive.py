"""Carries every ended job from Redis into the database, whether or not anybody read it.

Redis forgets a job a week after its end; the library does not. A job is acknowledged once it is
committed, so whatever dies in between, the job is handed out again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from weakref import WeakValueDictionary

import anyio
import structlog
from sqlalchemy.orm import Session

from services.api.damage import read_log
from services.api.db import accepted_jobs, archived_jobs
from services.api.db.database import Database
from services.api.db.models import ArchivedJob
from services.api.replay import Record, ending_of, most_tokens
from services.api.rounds import repeat
from shared.errors import (
    DamagedRecordError,
    EventsGoneError,
    LibraryUnavailableError,
    StoreUnavailableError,
    UnfinishedError,
    UnknownJobError,
)
from shared.joblog import AsyncJobLog, EndedEntry, Job, LogEntry, archiving, commands
from shared.jobs import JobView
from shared.metrics import ApiMetrics

IDLE_SECONDS = 1.0
"""Between two looks while nothing has ended. What has a reader is kept as it ends."""
BATCH = 50
SETTLED = 10_000
_UNKNOWN = "There is no job of yours with this id."
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Archive:
    """Ended jobs: kept, and read again."""

    joblog: AsyncJobLog
    database: Database
    _settled: dict[str, None] = field(default_factory=dict)
    """Ids, the oldest first; forgotten beyond SETTLED."""
    _settling: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def settle(self, job_id: str) -> bool:
        """Keep an ended job unless it is kept, once for all who ask; else as `keep`."""
        lock = self._settling.setdefault(job_id, asyncio.Lock())
        # A reader that leaves must not cut off a transaction.
        with anyio.CancelScope(shield=True):
            async with lock:
                if job_id in self._settled:
                    return True
                if not await self.keep(job_id, again=False) and not await self._is_kept(job_id):
                    return False
        self._settled[job_id] = None
        if len(self._settled) > SETTLED:
            del self._settled[next(iter(self._settled))]
        return True

    def is_settled(self, job_id: str) -> bool:
        """Whether this process has seen to it lately."""
        return job_id in self._settled

    async def keep(self, job_id: str, *, again: bool = True) -> bool:
        """Keep a job that has ended, which settles it; False if Redis lacks it or some of it.

        Unless `again`, what is kept already stays as it is.
        """
        job = await self.joblog.run(commands.read_job(job_id))
        if job is None or not job.status.is_terminal:
            return False
        try:
            entries = await read_log(self.joblog, job)
        except DamagedRecordError:
            return False  # and Redis no longer knows it
        await self.database.write(partial(_keep, job, entries, again))
        return True

    async def view(self, job_id: str, *, tenant: str) -> JobView:
        """Raises UnknownJobError, for somebody else's job as well."""
        job = await self._find(job_id, tenant=tenant)
        if job is None:
            raise UnknownJobError(_UNKNOWN)
        return archived_jobs.archived_view(job)

    async def record(self, job_id: str, *, tenant: str) -> Record:
        """Raises UnknownJobError, or EventsGoneError if the job was kept without its log."""
        async with self.database.reading() as session:
            job = await archived_jobs.find_whole(session, job_id, tenant=tenant)
        if job is None:
            raise UnknownJobError(_UNKNOWN)
        if job.log is None:
            raise EventsGoneError("Only the text of this story was kept; read the job instead.")
        view = archived_jobs.archived_view(job)
        return Record(archived_jobs.archived_log(job.log), ending_of(view), most_tokens(view))

    async def ended(self, job_id: str, *, tenant: str) -> ArchivedJob:
        """An ended job, kept now if the loop has not come to it yet.

        Raises UnknownJobError, or UnfinishedError while it is being written.
        """
        found = await self._find(job_id, tenant=tenant)
        if found is not None:
            return found
        job = await self.joblog.run(commands.read_job(job_id))
        if job is not None and job.tenant == tenant and not job.status.is_terminal:
            raise UnfinishedError("Wait until this story is written, or stop it.")
        await self.keep(job_id)
        found = await self._find(job_id, tenant=tenant)
        if found is None:
            raise UnknownJobError(_UNKNOWN)
        return found

    async def _is_kept(self, job_id: str) -> bool:
        async with self.database.reading() as session:
            return await session.get(ArchivedJob, job_id) is not None

    async def _find(self, job_id: str, *, tenant: str) -> ArchivedJob | None:
        async with self.database.reading() as session:
            return await archived_jobs.find(session, job_id, tenant=tenant)


def _keep(job: Job, entries: list[LogEntry], again: bool, session: Session) -> None:
    if again or session.get(ArchivedJob, job.id) is None:
        archived_jobs.keep(session, job, entries)
    accepted_jobs.strike_off(session, job.id)


@dataclass(slots=True)
class Archivist:
    """The loop. Any number may run: they share the work, and twice kept is kept once."""

    archive: Archive
    metrics: ApiMetrics
    takeover_ms: int = archiving.TAKEOVER_MS
    _in_hand: list[EndedEntry] = field(default_factory=list)
    """Collected and not acknowledged: kept over an outage of either side."""
    _closing: anyio.Event = field(default_factory=anyio.Event)

    async def run(self) -> None:
        await repeat(self._round, self._closing)

    def close(self) -> None:
        """End `run` after the job that it is at; what it leaves is handed to others."""
        self._closing.set()

    async def _round(self) -> float:
        """How long to wait for the next: not at all while there is something to do."""
        if not self._in_hand:
            collect = archiving.collect(limit=BATCH, takeover_ms=self.takeover_ms)
            self._in_hand = await self.archive.joblog.run(collect)
        found = bool(self._in_hand)
        # Most stories have a reader, who waits until it is kept.
        settled = [each for each in self._in_hand if self.archive.is_settled(each.job_id)]
        if settled:
            await self._acknowledge(settled)
            self.metrics.jobs_archived.inc(len(settled))
        while self._in_hand and not self._closing.is_set():
            entry = self._in_hand[0]
            if await self._keep(entry):
                await self._acknowledge([entry])
            else:
                self._in_hand.remove(entry)
        return 0.0 if found else IDLE_SECONDS

    async def _acknowledge(self, entries: Sequence[EndedEntry]) -> None:
        await self.archive.joblog.run(archiving.acknowledge(entries))
        self._in_hand = [each for each in self._in_hand if each not in entries]

    async def _keep(self, entry: EndedEntry) -> bool:
        """False if this job cannot be kept; the others must not wait behind it."""
        try:
            if await self.archive.keep(entry.job_id):
                self.metrics.jobs_archived.inc()
            else:
                _log.warning("ended job is gone from Redis", job_id=entry.job_id)
        except (StoreUnavailableError, LibraryUnavailableError):
            raise
        except Exception:
            _log.exception("job not archived; it is tried again later", job_id=entry.job_id)
            return False
        return True
