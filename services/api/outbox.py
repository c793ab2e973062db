"""Jobs are written into the database before anybody hears that they are accepted, and from there
into Redis: at once, and again whenever Redis has lost them. Knows no HTTP.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from opentelemetry.trace import SpanKind

from services.api.db import accepted_jobs
from services.api.db.database import Database
from services.api.db.models import AcceptedJob
from services.api.idempotency import Ticket
from services.api.places import asked_to_foretell, foretell
from services.api.register import Register
from shared.broker import Permits
from shared.errors import DamagedRecordError, StoreUnavailableError, UnknownJobError
from shared.events import CancelledEvent
from shared.joblog import AsyncJobLog, Command, commands
from shared.jobs import JobView
from shared.metrics import ApiMetrics
from shared.tracing import tracer

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outbox:
    joblog: AsyncJobLog
    database: Database
    register: Register
    permits: Permits
    metrics: ApiMetrics

    async def known(self, ticket: Ticket, *, tenant: str) -> str | None:
        """The job that this request made before. Raises KeyReusedError."""
        async with self.database.reading() as session:
            return await session.run_sync(accepted_jobs.job_of, ticket, tenant=tenant)

    async def accept(self, job: AcceptedJob, ticket: Ticket | None) -> str:
        """Answers the job's id, or that of the one which the ticket stands for.

        Once it is written down it is accepted: Redis may be away, and gets it later. When this
        raises, nothing is written or enqueued.
        """
        job_id = await self.register.add(job, ticket)
        if job_id != job.id:
            return job_id
        self.metrics.jobs_submitted.inc()
        _log.info("accepted", model=job.model)
        asked = asked_to_foretell(
            job.id,
            job.payer or job.tenant,
            model=job.model,
            priority=job.spec.request.priority,
            most_tokens=job.spec.most_tokens,
        )
        # The permit behind what is asked: with it the job may be taken up at once.
        batch = [_submission(job), *asked, self.permits.issue(job.model)]
        try:
            with tracer.start_as_current_span("permit", kind=SpanKind.PRODUCER):
                _, *answers, _ = await self.joblog.run_all(batch)
        except StoreUnavailableError as error:
            _log.warning("accepted, and submitted once Redis is back", reason=error.detail)
            return job_id
        except DamagedRecordError as error:
            _log.error("accepted, and nothing foretold", reason=error.detail)
            return job_id
        await self._keep(job, answers)
        return job_id

    async def revive(self, job_id: str, *, damaged: str = "") -> bool:
        """Submit a job that Redis has lost, or whose record there is damaged.

        `damaged`: the sequence number of a record that can be read and is wrong all the same.
        The workers' janitor sees to its permit.
        False if there is nothing to be done for it: it is unknown, or its end is kept.
        """
        async with self.database.reading() as session:
            job = await accepted_jobs.find(session, job_id)
        if job is None:
            return False
        damaged = damaged or await self.joblog.run(commands.read_damage(job_id))
        age = max(0.0, time.time() - job.created_at)
        is_new = await self.joblog.run(_submission(job, lost_age_seconds=age, damaged=damaged))
        if job.cancelled:
            await self.joblog.run(commands.cancel(job.id, CancelledEvent()))
        if is_new:
            self.metrics.jobs_revived.inc()
            _log.info("job given back to Redis", job_id=job_id)
        return True

    async def view(self, job_id: str, *, tenant: str) -> JobView:
        """The job as far as the database knows it. Raises UnknownJobError."""
        async with self.database.reading() as session:
            job = await accepted_jobs.find(session, job_id)
        if job is None or job.tenant != tenant:
            raise UnknownJobError("There is no job of yours with this id.")
        return accepted_jobs.accepted_view(job)

    async def mark_cancelled(self, job_id: str) -> None:
        """Whatever Redis forgets, the job is not written to its end."""
        async with self.database.writing() as session:
            await accepted_jobs.mark_cancelled(session, job_id)

    async def _keep(self, job: AcceptedJob, answers: Sequence[Any]) -> None:
        """Without it the estimates learn nothing of this job, and nobody else misses it."""
        try:
            told = foretell(job.id, job.model, answers)
            if told is not None:
                await self.joblog.run(told)
        except StoreUnavailableError as error:
            _log.warning("estimate not kept", reason=error.detail)
        except (ArithmeticError, ValueError) as error:  # of measures that are spoilt
            _log.error("accepted, and nothing foretold", reason=repr(error))


def _submission(
    job: AcceptedJob,
    *,
    lost_age_seconds: float | None = None,
    damaged: str = "",
) -> Command[bool]:
    """Answers whether it was not there yet.

    An id that is taken is our own: somebody was faster, or the command was sent again.
    """
    return commands.submit(
        job.id,
        job.spec,
        model=job.model,
        priority=job.spec.request.priority,
        tenant=job.tenant,
        payer=job.payer,
        traceparent=job.traceparent,
        lost_age_seconds=lost_age_seconds,
        damaged=damaged,
    )
