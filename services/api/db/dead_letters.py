"""Failed jobs that nobody has replayed."""

from collections.abc import Sequence

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.api.db.models import ArchivedJob
from shared.schemas import JobStatus


async def page(
    session: AsyncSession, *, after: tuple[float, str] | None, limit: int
) -> Sequence[ArchivedJob]:
    """Newest first, behind the one that `after` names."""
    created_at, row_id = ArchivedJob.created_at, ArchivedJob.id
    query = (
        select(ArchivedJob)
        .where(ArchivedJob.status == JobStatus.FAILED, ArchivedJob.replayed_by.is_(None))
        .order_by(created_at.desc(), row_id.desc())
        .limit(limit)
    )
    if after is not None:
        same = and_(created_at == after[0], row_id < after[1])
        query = query.where(or_(created_at < after[0], same))
    return list(await session.scalars(query))


async def find(session: AsyncSession, job_id: str) -> ArchivedJob | None:
    """Anybody's failed job, replayed or not."""
    job = await session.get(ArchivedJob, job_id)
    return job if job is not None and job.status is JobStatus.FAILED else None


async def mark_replayed(session: AsyncSession, job_id: str, *, by: str) -> None:
    await session.execute(
        update(ArchivedJob).where(ArchivedJob.id == job_id).values(replayed_by=by)
    )
