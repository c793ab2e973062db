"""What a caller can do with jobs. Knows the job log and the queue, not HTTP."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from opentelemetry.trace import SpanKind

from services.api.acceptance import job_spec, serving_worker
from services.api.archive import Archive
from services.api.cursors import decode_page, encode_page, require_boundary
from services.api.hub import Hub
from services.api.mailbox import Mailbox, Signal
from services.api.permits import Permits
from services.api.places import place_of
from services.api.views import job_view
from shared.errors import DamagedRecordError, StoreUnavailableError, UnknownJobError
from shared.events import CancelledEvent, is_terminal
from shared.joblog import AsyncJobLog, Job, commands
from shared.metrics import ApiMetrics
from shared.schemas import MAX_NEW_TOKENS, GenerateRequest, JobPage, JobView
from shared.tracing import current_traceparent, tracer

_log = structlog.get_logger(__name__)
LOOK_SECONDS = 2.0
"""How long a waiting caller trusts the live events before the record is read again."""


@dataclass(frozen=True, slots=True)
class Jobs:
    joblog: AsyncJobLog
    archive: Archive
    hub: Hub
    permits: Permits
    metrics: ApiMetrics
    default_model: str

    async def create(self, request: GenerateRequest, *, tenant: str) -> str:
        """Accept a job and answer its id. Nothing is enqueued when this raises."""
        model = request.model or self.default_model
        await serving_worker(self.joblog, model, request)
        job_id = uuid.uuid4().hex
        structlog.contextvars.bind_contextvars(job_id=job_id)
        submit = commands.submit(
            job_id,
            job_spec(request),
            model=model,
            priority=request.priority,
            tenant=tenant,
            traceparent=current_traceparent(),
        )
        # An id that is taken is our own: the first answer was lost and the command sent again.
        await self.joblog.run(submit)
        self.metrics.jobs_submitted.inc()
        _log.info("accepted", model=model)
        with tracer.start_as_current_span("permit", kind=SpanKind.PRODUCER):
            await self.permits.send(model)
        return job_id

    async def read(self, job_id: str, *, tenant: str) -> Job:
        """Raises UnknownJobError, for somebody else's job as well."""
        job = await self.joblog.run(commands.read_job(job_id))
        if job is None or job.tenant != tenant:
            raise UnknownJobError("There is no job of yours with this id.")
        return job

    async def view(self, job_id: str, *, tenant: str) -> JobView:
        """From the archive once Redis no longer knows the job. Raises UnknownJobError."""
        try:
            job = await self.read(job_id, tenant=tenant)
        except UnknownJobError:
            return await self.archive.view(job_id, tenant=tenant)
        return await self._view(job)

    async def page(self, *, tenant: str, cursor: str | None, limit: int) -> JobPage:
        before = None if cursor is None else decode_page(cursor)
        ids = await self.joblog.run(commands.tenant_jobs(tenant, before=before, limit=limit + 1))
        found = await self.joblog.run_all([commands.read_job(job_id) for job_id in ids])
        # A record expires a week after its end: those behind an expired one are older still.
        jobs = [job for job in found if job is not None]
        shown = jobs[:limit]
        views = [view for job in shown if (view := await self._view_if_whole(job))]
        more = len(jobs) > limit
        return JobPage(jobs=views, next_cursor=encode_page(shown[-1].sequence) if more else None)

    async def cancel(self, job_id: str, *, tenant: str) -> JobView:
        """Without effect on a job that has ended, also once Redis no longer knows it."""
        try:
            job = await self.read(job_id, tenant=tenant)
        except UnknownJobError:
            return await self.archive.view(job_id, tenant=tenant)
        await self.joblog.run(
            commands.cancel(job_id, CancelledEvent(), model=job.model, priority=job.priority)
        )
        return await self.view(job_id, tenant=tenant)

    async def check_cursor(self, job: Job, cursor: int) -> None:
        """Raises InvalidCursorError if no reader can have stopped there."""
        first = await self.joblog.run(commands.read_log(job.id, after=cursor, limit=1))
        following = first[0].token if first else None
        require_boundary(cursor, most=_most_tokens(job), following=following)

    async def wait_for_end(
        self, job_id: str, *, tenant: str, seconds: float, gone: Callable[[], Awaitable[bool]]
    ) -> JobView:
        """The job once it has ended, or as it is when time is up, or nobody waits any more."""
        deadline = time.monotonic() + seconds
        with self.hub.open(job_id) as mailbox:
            try:
                job = await self.read(job_id, tenant=tenant)
            except UnknownJobError:
                return await self.archive.view(job_id, tenant=tenant)
            while not job.status.is_terminal and not mailbox.closed:
                left = deadline - time.monotonic()
                if left <= 0 or await gone():
                    break
                await _until_news(mailbox, min(left, LOOK_SECONDS))
                job = await self._read_patiently(job)
        return await self._view(job)

    async def _read_patiently(self, job: Job) -> Job:
        """While Redis is away, or has lost the job, the job stays as it was last seen."""
        try:
            return await self.joblog.run(commands.read_job(job.id)) or job
        except StoreUnavailableError:
            await asyncio.sleep(0.2)
            return job

    async def _view_if_whole(self, job: Job) -> JobView | None:
        """None for a damaged job: the others in its list are not."""
        try:
            return await self._view(job)
        except DamagedRecordError:
            _log.error("damaged log", job_id=job.id)
            return None

    async def _view(self, job: Job) -> JobView:
        entries = await self.joblog.run(commands.read_log(job.id, limit=MAX_NEW_TOKENS))
        return job_view(job, entries, await place_of(self.joblog, job))


async def _until_news(mailbox: Mailbox, seconds: float) -> None:
    """Return on an ending, on a loss, or when time is up; tokens pass by."""
    deadline = time.monotonic() + seconds
    while True:
        news = await mailbox.take(max(0.0, deadline - time.monotonic()))
        if isinstance(news, Signal):
            mailbox.forget_misses()
            return
        if is_terminal(news) or time.monotonic() > deadline:
            return


def _most_tokens(job: Job) -> int:
    """How far a reader can have come.

    Of a story that is still written, further than the log: a Redis that crashed may have lost the
    last second of it. The same tokens come again, and the reader goes on behind those it has.
    """
    if job.status.is_terminal:
        return job.count
    return job.spec.most_tokens
