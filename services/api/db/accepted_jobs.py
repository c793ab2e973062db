"""Accepted jobs that have not been kept as ended yet, and the keys that requests came under."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from services.api.db.database import insert
from services.api.db.models import AcceptedJob, ArchivedJob, RequestKey
from services.api.idempotency import Ticket
from services.api.views import job_links
from shared.errors import KeyReusedError
from shared.jobs import JobView, Usage
from shared.schemas import JobStatus


@dataclass(frozen=True, slots=True)
class Accepted:
    """Of an accepted job, what it takes to see whether all is well with it."""

    id: str
    cancelled: bool
    created_at: float


def add(session: Session, job: AcceptedJob, ticket: Ticket | None) -> str:
    """The id of the job, or of the one that its key stands for. Raises KeyReusedError."""
    if ticket is not None:
        values = {
            "tenant": job.tenant,
            "key": ticket.key,
            "digest": ticket.digest,
            "job_id": job.id,
            "created_at": job.created_at,
        }
        # If another one is just adding this key, PostgreSQL waits here until it has.
        session.execute(insert(session, RequestKey).values(**values).on_conflict_do_nothing())
        known = job_of(session, ticket, tenant=job.tenant)
        assert known is not None, "it was there or is there now"
        if known != job.id:
            return known
    session.add(job)
    return job.id


def job_of(session: Session, ticket: Ticket, *, tenant: str) -> str | None:
    """What was made under this key. Raises KeyReusedError if it came with another request."""
    found = session.get(RequestKey, (tenant, ticket.key))
    if found is None:
        return None
    if found.digest not in (ticket.digest, ticket.former):
        raise KeyReusedError("Give every request a key of its own; this one has been used.")
    return found.job_id


async def find(session: AsyncSession, job_id: str) -> AcceptedJob | None:
    """None once its end is kept."""
    return (await find_all(session, [job_id])).get(job_id)


async def find_all(session: AsyncSession, ids: Collection[str]) -> dict[str, AcceptedJob]:
    if not ids:
        return {}
    # An API of the version before keeps ends without striking the job off this list.
    ended = select(ArchivedJob.id).where(ArchivedJob.id == AcceptedJob.id)
    query = select(AcceptedJob).where(AcceptedJob.id.in_(ids), ~ended.exists())
    return {job.id: job for job in await session.scalars(query)}


def page(session: Session, *, after: Accepted | None, limit: int) -> Sequence[Accepted]:
    """Oldest first, behind the one given."""
    columns = (AcceptedJob.id, AcceptedJob.cancelled, AcceptedJob.created_at)
    query = select(*columns).order_by(AcceptedJob.created_at, AcceptedJob.id).limit(limit)
    if after is not None:
        time = AcceptedJob.created_at
        same = and_(time == after.created_at, AcceptedJob.id > after.id)
        query = query.where(or_(time > after.created_at, same))
    return [Accepted(*row) for row in session.execute(query)]


async def mark_cancelled(session: AsyncSession, job_id: str) -> None:
    await session.execute(
        update(AcceptedJob).where(AcceptedJob.id == job_id).values(cancelled=True)
    )


def strike_off(session: Session, job_id: str) -> None:
    """Its end is kept."""
    session.execute(delete(AcceptedJob).where(AcceptedJob.id == job_id))


async def forget_keys(session: AsyncSession, *, before: float) -> None:
    await session.execute(delete(RequestKey).where(RequestKey.created_at < before))


def accepted_view(job: AcceptedJob) -> JobView:
    """The job while nothing more is known of it than that it will be written."""
    return JobView(
        id=job.id,
        status=JobStatus.QUEUED,
        text="",
        attempts=0,
        usage=Usage(),
        request=job.spec.request,
        model=job.model,
        seed=job.spec.seed,
        created_at=job.created_at,
        links=job_links(job.id),
    )
