"""What a caller can do with jobs. Knows the job log and the outbox, not HTTP."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import anyio
import structlog

from services.api.acceptance import job_spec, serving_worker
from services.api.admission.callers import Caller
from services.api.admission.limits import Admission
from services.api.archive import Archive
from services.api.counting import Counters
from services.api.cursors import decode_page, encode_page, require_boundary
from services.api.damage import read_log
from services.api.db.models import AcceptedJob
from services.api.hub import Hub
from services.api.idempotency import Ticket
from services.api.mailbox import until_news
from services.api.outbox import Outbox
from services.api.places import place_of
from services.api.replay import Record, furthest
from services.api.views import is_cut, job_view
from shared.errors import (
    DamagedRecordError,
    LibraryUnavailableError,
    StoreUnavailableError,
    UnknownJobError,
)
from shared.events import CancelledEvent
from shared.joblog import AsyncJobLog, Job, commands
from shared.jobs import JobPage, JobView
from shared.jobspec import JobSpec
from shared.operations import WorkerInfo
from shared.schemas import GenerateRequest
from shared.tracing import current_traceparent

LOOK_SECONDS = 2.0
"""How long a waiting caller trusts the live events before the record is read again."""
PASSED_OVER = 10
"""So many records that cannot be shown do not end a list."""


@dataclass(frozen=True, slots=True)
class Jobs:
    joblog: AsyncJobLog
    archive: Archive
    outbox: Outbox
    hub: Hub
    admission: Admission
    counters: Counters
    default_model: str

    async def create(
        self, request: GenerateRequest, *, caller: Caller, ticket: Ticket | None = None
    ) -> str:
        """Accept a job and answer its id. Nothing is written or enqueued when this raises.

        With a ticket that made a job before, it is that one. Raises KeyReusedError if the ticket
        was another request's.
        """
        known = None if ticket is None else await self.outbox.known(ticket, tenant=caller.tenant)
        if known is not None:
            return known
        self.admission.check_tokens(request)
        worker = await serving_worker(self.joblog, request.model or self.default_model)
        async with self.admission.places(1, caller=caller, model=worker.model) as places:
            return await self.create_in(places, request, worker, caller=caller, ticket=ticket)

    async def create_in(
        self,
        places: list[str],
        request: GenerateRequest,
        worker: WorkerInfo,
        *,
        caller: Caller,
        ticket: Ticket | None,
    ) -> str:
        """The same for a request that has been let in: its words are judged only now."""
        spec = await self.counters.aside.run(caller.payer, job_spec, request)
        await self.counters.check_fit(spec, worker, payer=caller.payer)
        return await self._accept_in(places, spec, caller=caller, model=worker.model, ticket=ticket)

    async def accept(
        self, spec: JobSpec, *, caller: Caller, model: str, ticket: Ticket | None = None
    ) -> str:
        """The same for what a worker would be handed."""
        async with self.admission.places(1, caller=caller, model=model) as places:
            return await self._accept_in(places, spec, caller=caller, model=model, ticket=ticket)

    async def read(self, job_id: str, *, tenant: str) -> Job:
        """One that Redis has lost before its end waits there again.

        Raises UnknownJobError, for somebody else's job as well.
        """
        job = await self.joblog.run(commands.read_job(job_id))
        if job is None and await self.outbox.revive(job_id):
            job = await self.joblog.run(commands.read_job(job_id))
        if job is None or job.tenant != tenant:
            raise UnknownJobError("There is no job of yours with this id.")
        return job

    async def view(self, job_id: str, *, tenant: str) -> JobView:
        """From the archive once Redis has forgotten the job, or is away. Raises UnknownJobError."""
        try:
            try:
                return await self._view(await self.read(job_id, tenant=tenant))
            except DamagedRecordError:  # it waits again, or its end is kept
                return await self._view(await self.read(job_id, tenant=tenant))
        except UnknownJobError:
            return await self.archive.view(job_id, tenant=tenant)
        except StoreUnavailableError:
            with suppress(UnknownJobError, LibraryUnavailableError):
                return await self.archive.view(job_id, tenant=tenant)
            raise

    async def first_view(self, job_id: str, *, tenant: str) -> JobView:
        """Of a job that was accepted, now or under the same key before, however Redis is."""
        try:
            return await self.view(job_id, tenant=tenant)
        except (StoreUnavailableError, DamagedRecordError):
            return await self._kept_view(job_id, tenant=tenant)

    async def recall(self, job_id: str, *, tenant: str) -> Record | None:
        """What is left of a job that Redis has lost; None if it waits there again.

        Raises UnknownJobError or EventsGoneError.
        """
        record: Record | None = None
        # A reader that leaves must not cut off a transaction.
        with anyio.CancelScope(shield=True):
            if not await self.outbox.revive(job_id):
                record = await self.archive.record(job_id, tenant=tenant)
        return record

    async def page(self, *, tenant: str, cursor: str | None, limit: int) -> JobPage:
        before = None if cursor is None else decode_page(cursor)
        looked_at = limit + PASSED_OVER
        ids = await self.joblog.run(commands.tenant_jobs(tenant, before=before, limit=looked_at))
        found = await self.joblog.run_all([commands.read_job(job_id) for job_id in ids])
        # A record that is damaged or has expired hides none behind it: those may have ended later.
        jobs = [job for job in found if job is not None]
        shown, more = jobs[:limit], len(jobs) > limit or len(ids) == looked_at
        views = [view for job in shown if (view := await self._view_if_whole(job))]
        last = shown[-1].sequence if shown and more else None
        return JobPage(jobs=views, next_cursor=None if last is None else encode_page(last))

    async def cancel(self, job_id: str, *, tenant: str) -> JobView:
        """Without effect on a job that has ended, also once Redis no longer knows it."""
        try:
            job = await self.read(job_id, tenant=tenant)
        except UnknownJobError:
            return await self.archive.view(job_id, tenant=tenant)
        await self._cancel(job)
        return await self.view(job_id, tenant=tenant)

    async def abandon(self, job_id: str) -> None:
        """Cancel a job that nobody follows any more."""
        job = await self.joblog.run(commands.read_job(job_id))
        if job is not None:
            await self._cancel(job)

    async def check_cursor(self, job: Job, cursor: int) -> None:
        """Raises InvalidCursorError if no reader can have stopped there."""
        try:
            first = await read_log(self.joblog, job, after=cursor, limit=1)
        except DamagedRecordError:  # its reader goes on behind what it has
            first = []
        following = first[0].token if first else None
        require_boundary(cursor, most=furthest(job), following=following)

    async def wait_for_end(
        self, job_id: str, *, tenant: str, seconds: float, gone: Callable[[], Awaitable[bool]]
    ) -> JobView:
        """The job once it has ended, or as it is when time is up, or nobody waits any more."""
        deadline = time.monotonic() + seconds
        with self.hub.open(job_id) as mailbox:
            while not mailbox.closed:
                has_ended = await self._has_ended(job_id, tenant=tenant)
                left = deadline - time.monotonic()
                if has_ended or left <= 0 or await gone():
                    break
                await until_news(mailbox, min(left, LOOK_SECONDS))
        return await self.view(job_id, tenant=tenant)

    async def _accept_in(
        self, places: list[str], spec: JobSpec, *, caller: Caller, model: str, ticket: Ticket | None
    ) -> str:
        job = AcceptedJob(
            id=places[-1],
            tenant=caller.tenant,
            payer=caller.payer,
            model=model,
            spec=spec,
            traceparent=current_traceparent(),
            cancelled=False,
            created_at=time.time(),
        )
        structlog.contextvars.bind_contextvars(job_id=job.id)
        accepted = await self.outbox.accept(job, ticket)
        structlog.contextvars.bind_contextvars(job_id=accepted)
        if accepted == job.id:  # else the same came twice at once, and the other was first
            places.pop()
        return accepted

    async def _cancel(self, job: Job) -> None:
        if not job.status.is_terminal:
            await self.outbox.mark_cancelled(job.id)
        await self.joblog.run(commands.cancel(job.id, CancelledEvent()))
        # At once: a Redis that lost it now would leave no text, as no more of it will be written.
        await self.archive.keep(job.id)

    async def _has_ended(self, job_id: str, *, tenant: str) -> bool:
        """Also if it is unknown. While Redis or the database is away, nobody can tell."""
        try:
            job = await self.read(job_id, tenant=tenant)
            if job.status.is_terminal:
                await read_log(self.joblog, job)
            return job.status.is_terminal
        except UnknownJobError:
            return True
        except (StoreUnavailableError, LibraryUnavailableError, DamagedRecordError):
            return False

    async def _kept_view(self, job_id: str, *, tenant: str) -> JobView:
        """The job as far as the database knows it. Raises UnknownJobError."""
        try:
            return await self.outbox.view(job_id, tenant=tenant)
        except UnknownJobError:
            return await self.archive.view(job_id, tenant=tenant)

    async def _view_if_whole(self, job: Job) -> JobView | None:
        """None for a damaged job: the others in its list are not."""
        try:
            return await self._view(job)
        except DamagedRecordError:
            return None

    async def _view(self, job: Job) -> JobView:
        entries = await read_log(self.joblog, job)
        if is_cut(job, entries):
            job = await self.read(job.id, tenant=job.tenant)
            entries = await read_log(self.joblog, job)
        if job.status.is_terminal:
            # As for its readers; while the library is away it is told all the same.
            with suppress(LibraryUnavailableError):
                await self.archive.settle(job.id)
        return job_view(job, entries, await place_of(self.joblog, job))
