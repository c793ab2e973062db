"""Compares the accepted jobs with what Redis knows, and gives back to Redis what it has lost.

A job lost by Redis is submitted under its old id, with its old seed: the same text comes again.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio
import structlog

from services.api.db import accepted_jobs
from services.api.db.accepted_jobs import Accepted
from services.api.idempotency import KEPT_SECONDS
from services.api.outbox import Outbox
from services.api.overdue import end_overdue
from services.api.rounds import repeat
from shared.errors import LibraryUnavailableError, StoreUnavailableError
from shared.joblog import commands, deadlines

PERIOD_SECONDS = 1.0
FRESH_SECONDS = 1.0
"""So long whoever has accepted a job may be about to submit it."""
BATCH = 500
FORGETTING_SECONDS = 600.0
"""Between two times that old keys are forgotten."""
INSPECTION_SECONDS = 5.0
"""Between two times that records are read whole."""
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Reconciler:
    """The loop. Any number may run: what one has submitted, the others find."""

    outbox: Outbox
    _closing: anyio.Event = field(default_factory=anyio.Event)
    _forget_at: float = 0.0
    _inspect_at: float = 0.0

    async def run(self) -> None:
        await repeat(self._round, self._closing)

    def close(self) -> None:
        """End `run` after the job that it is at."""
        self._closing.set()

    async def _round(self) -> float:
        # Workers see to deadlines as well, but there may be none.
        joblog = self.outbox.joblog
        expired, overdue = await joblog.run_all([deadlines.expire(), deadlines.overdue()])
        for job_id in expired:
            _log.info("deadline passed", job_id=job_id)
        await end_overdue(joblog, overdue)
        is_inspection = time.monotonic() >= self._inspect_at
        if is_inspection:
            self._inspect_at = time.monotonic() + INSPECTION_SECONDS
        page = await self._page(after=None)
        while page:
            await self._compare(page)
            if is_inspection:
                await self._inspect(page)
            page = await self._page(after=page[-1]) if len(page) == BATCH else []
        await self._forget_keys()
        return PERIOD_SECONDS

    async def _page(self, *, after: Accepted | None) -> Sequence[Accepted]:
        return await self.outbox.database.read(
            lambda session: accepted_jobs.page(session, after=after, limit=BATCH)
        )

    async def _compare(self, page: Sequence[Accepted]) -> None:
        statuses = await self.outbox.joblog.run_all([commands.read_status(job.id) for job in page])
        for job, status in zip(page, statuses, strict=True):
            if self._closing.is_set():
                return
            if 0 <= time.time() - job.created_at < FRESH_SECONDS:
                continue
            if status is None or (job.cancelled and not status.is_terminal):
                await self._mend(job.id)

    async def _inspect(self, page: Sequence[Accepted]) -> None:
        """Mend records that have a status and are damaged all the same."""
        joblog = self.outbox.joblog
        ids = [job.id for job in page if time.time() - job.created_at >= FRESH_SECONDS]
        found = await joblog.run_all([commands.read_job(job_id) for job_id in ids])
        open_jobs = [job for job in found if job and job.count and not job.status.is_terminal]
        whole = await joblog.run_all([commands.log_reaches(job.id, job.count) for job in open_jobs])
        cut = {job.id: job for job, is_whole in zip(open_jobs, whole, strict=True) if not is_whole}
        for job_id, job in zip(ids, found, strict=True):
            if self._closing.is_set():
                return
            if job is None or job_id in cut:
                await self._mend(job_id, damaged=str(job.sequence) if job else "")

    async def _mend(self, job_id: str, *, damaged: str = "") -> None:
        """One that cannot be mended must not hold up the others."""
        try:
            if not await self.outbox.revive(job_id, damaged=damaged):
                database = self.outbox.database
                await database.write(lambda session: accepted_jobs.strike_off(session, job_id))
        except (StoreUnavailableError, LibraryUnavailableError):
            raise
        except Exception as error:
            # Without its stack, which takes long to print: it comes again every round.
            _log.error("job not given back to Redis", job_id=job_id, reason=repr(error))

    async def _forget_keys(self) -> None:
        if time.monotonic() < self._forget_at:
            return
        async with self.outbox.database.writing() as session:
            await accepted_jobs.forget_keys(session, before=time.time() - KEPT_SECONDS)
        self._forget_at = time.monotonic() + FORGETTING_SECONDS
