"""What readers said, from its rows. All of it is kept, and of each thing the last word counts."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from services.api.db.models import ArchivedJob, Comparison, Feedback
from services.api.summary import Said
from shared.bradley_terry import Game

Rated = tuple[Feedback, ArchivedJob]
Compared = tuple[Comparison, ArchivedJob, ArchivedJob]


async def feedback_page(
    session: AsyncSession, tenant: str, *, after: tuple[float, str] | None, limit: int
) -> Sequence[Rated]:
    """Newest first, behind the one that `after` names; what was replaced as well."""
    query = _feedback(tenant).limit(limit)
    if after is not None:
        time, row_id = after
        same = and_(Feedback.created_at == time, Feedback.id < row_id)
        query = query.where(or_(Feedback.created_at < time, same))
    return [(feedback, job) for feedback, job in await session.execute(query)]


async def feedback_of(session: AsyncSession, job_id: str, tenant: str) -> Rated | None:
    """What the caller said last of this job."""
    query = _feedback(tenant).where(Feedback.job_id == job_id).limit(1)
    row = (await session.execute(query)).first()
    return None if row is None else (row[0], row[1])


async def comparison_of(
    session: AsyncSession, one: str, other: str, tenant: str
) -> Compared | None:
    """What the caller said last of these two jobs, in whichever order they were named."""
    asked = and_(Comparison.job_a == one, Comparison.job_b == other)
    swapped = and_(Comparison.job_a == other, Comparison.job_b == one)
    row = (await session.execute(_comparisons(tenant).where(or_(asked, swapped)).limit(1))).first()
    return None if row is None else (row[0], row[1], row[2])


async def all_feedback(session: AsyncSession, tenant: str) -> Sequence[Rated]:
    """The last of each job, newest first."""
    query = _feedback(tenant).where(_last_feedback(tenant))
    return [(feedback, job) for feedback, job in await session.execute(query)]


async def all_comparisons(session: AsyncSession, tenant: str) -> Sequence[Compared]:
    """The last of each two jobs, newest first."""
    query = _comparisons(tenant).where(_last_comparison(tenant))
    return [(each, a, b) for each, a, b in await session.execute(query)]


async def said(session: AsyncSession, tenant: str) -> list[Said]:
    """`all_feedback` without the stories."""
    query = (
        select(Feedback.created_at, ArchivedJob.model, Feedback.rating, Feedback.thumbs)
        .join(ArchivedJob, ArchivedJob.id == Feedback.job_id)
        .where(_last_feedback(tenant))
    )
    rows = await session.execute(query)
    return [Said(moment, model, rating, thumbs) for moment, model, rating, thumbs in rows]


async def games(session: AsyncSession, tenant: str) -> list[Game]:
    """`all_comparisons` without the stories."""
    job_a, job_b = aliased(ArchivedJob), aliased(ArchivedJob)
    query = (
        select(job_a.model, job_b.model, Comparison.winner)
        .select_from(Comparison)
        .join(job_a, job_a.id == Comparison.job_a)
        .join(job_b, job_b.id == Comparison.job_b)
        .where(_last_comparison(tenant))
    )
    return [(a, b, winner) for a, b, winner in await session.execute(query)]


def _feedback(tenant: str) -> Select[Feedback, ArchivedJob]:
    return (
        select(Feedback, ArchivedJob)
        .join(ArchivedJob, ArchivedJob.id == Feedback.job_id)
        .where(Feedback.tenant == tenant)
        .order_by(Feedback.created_at.desc(), Feedback.id.desc())
    )


def _comparisons(tenant: str) -> Select[Comparison, ArchivedJob, ArchivedJob]:
    job_a, job_b = aliased(ArchivedJob), aliased(ArchivedJob)
    return (
        select(Comparison, job_a, job_b)
        .join(job_a, job_a.id == Comparison.job_a)
        .join(job_b, job_b.id == Comparison.job_b)
        .where(Comparison.tenant == tenant)
        .order_by(Comparison.created_at.desc(), Comparison.id.desc())
    )


def _last_feedback(tenant: str) -> ColumnElement[bool]:
    return _is_last(Feedback, tenant, Feedback.job_id)


def _last_comparison(tenant: str) -> ColumnElement[bool]:
    a, b = Comparison.job_a, Comparison.job_b
    return _is_last(Comparison, tenant, case((a < b, a), else_=b), case((a < b, b), else_=a))


def _is_last(
    kind: type[Feedback | Comparison],
    tenant: str,
    *thing: ColumnElement[str] | InstrumentedAttribute[str],
) -> ColumnElement[bool]:
    """Whether a row is the caller's, and the last that the caller said of its thing."""
    place = func.row_number().over(
        partition_by=thing, order_by=(kind.created_at.desc(), kind.id.desc())
    )
    placed = select(kind.id, place.label("place")).where(kind.tenant == tenant).subquery()
    return kind.id.in_(select(placed.c.id).where(placed.c.place == 1))
