"""What readers say of ended jobs: kept beside the job itself, which is its provenance."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import anyio.to_thread
from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.api import judgements
from services.api.archive import Archive
from services.api.cursors import decode_moment, encode_moment
from services.api.db.models import ArchivedJob, Comparison, Feedback
from services.api.summary import Said, summarize
from shared.bradley_terry import Game
from shared.errors import InvalidRequestError
from shared.opinions import (
    ComparisonView,
    FeedbackPage,
    FeedbackView,
    NewComparison,
    NewFeedback,
    OpinionSummary,
)
from shared.schemas import Contract


@dataclass(frozen=True, slots=True)
class Opinions:
    archive: Archive

    async def say(self, job_id: str, said: NewFeedback, *, tenant: str) -> FeedbackView:
        """Raises UnknownJobError, or UnfinishedError while the job is being written."""
        job = await self.archive.ended(job_id, tenant=tenant)
        feedback = Feedback(
            id=uuid.uuid4().hex,
            tenant=tenant,
            job_id=job.id,
            rating=said.rating,
            thumbs=said.thumbs,
            tags=said.tags,
            comment=said.comment,
            created_at=time.time(),
        )
        async with self.archive.database.writing() as session:
            session.add(feedback)
        return _feedback_view(feedback, job)

    async def compare(self, said: NewComparison, *, tenant: str) -> ComparisonView:
        """Raises as `say` does, and InvalidRequestError if the jobs had different prompts."""
        job_a = await self.archive.ended(said.job_a, tenant=tenant)
        job_b = await self.archive.ended(said.job_b, tenant=tenant)
        if job_a.prompt != job_b.prompt:
            raise InvalidRequestError("job_a and job_b were not written for the same prompt.")
        comparison = Comparison(
            id=uuid.uuid4().hex,
            tenant=tenant,
            job_a=job_a.id,
            job_b=job_b.id,
            winner=said.winner,
            comment=said.comment,
            created_at=time.time(),
        )
        async with self.archive.database.writing() as session:
            session.add(comparison)
        return ComparisonView(
            id=comparison.id,
            **said.model_dump(),
            prompt=job_a.prompt,
            created_at=comparison.created_at,
        )

    async def page(self, *, tenant: str, cursor: str | None, limit: int) -> FeedbackPage:
        after = None if cursor is None else decode_moment(cursor)
        async with self.archive.database.reading() as session:
            rows = await _feedback(session, tenant, after=after, limit=limit + 1)
        shown = [_feedback_view(feedback, job) for feedback, job in rows[:limit]]
        last = shown[-1] if len(rows) > limit else None
        return FeedbackPage(
            feedback=shown, next_cursor=encode_moment(last.created_at, last.id) if last else None
        )

    async def summary(self, *, tenant: str) -> OpinionSummary:
        async with self.archive.database.reading() as session:
            said = await _said(session, tenant)
            games = await _games(session, tenant)
        # Not here: nobody's story may stand still while models are ranked.
        return await anyio.to_thread.run_sync(summarize, said, games)

    async def export(self, *, tenant: str) -> str:
        """All that the caller said, as JSON lines that the evaluation reads."""
        async with self.archive.database.reading() as session:
            said = await _feedback(session, tenant)
            compared = await _comparisons(session, tenant)
        lines: list[Contract] = [
            *(line for feedback, job in said for line in judgements.ratings(feedback, job)),
            *(judgements.comparison(each, a, b) for each, a, b in compared),
        ]
        return "".join(f"{line.model_dump_json(exclude_none=True)}\n" for line in lines)


async def _feedback(
    session: AsyncSession,
    tenant: str,
    *,
    after: tuple[float, str] | None = None,
    limit: int | None = None,
) -> Sequence[tuple[Feedback, ArchivedJob]]:
    """Newest first, behind the one that `after` names."""
    query = (
        select(Feedback, ArchivedJob)
        .join(ArchivedJob, ArchivedJob.id == Feedback.job_id)
        .where(Feedback.tenant == tenant)
        .order_by(Feedback.created_at.desc(), Feedback.id.desc())
        .limit(limit)
    )
    if after is not None:
        time_, row_id = after
        same = and_(Feedback.created_at == time_, Feedback.id < row_id)
        query = query.where(or_(Feedback.created_at < time_, same))
    return [(feedback, job) for feedback, job in await session.execute(query)]


async def _comparisons(
    session: AsyncSession, tenant: str
) -> Sequence[tuple[Comparison, ArchivedJob, ArchivedJob]]:
    job_a, job_b = aliased(ArchivedJob), aliased(ArchivedJob)
    query = (
        select(Comparison, job_a, job_b)
        .join(job_a, job_a.id == Comparison.job_a)
        .join(job_b, job_b.id == Comparison.job_b)
        .where(Comparison.tenant == tenant)
        .order_by(Comparison.created_at.desc(), Comparison.id.desc())
    )
    return [(each, a, b) for each, a, b in await session.execute(query)]


async def _said(session: AsyncSession, tenant: str) -> list[Said]:
    query = (
        select(Feedback.created_at, ArchivedJob.model, Feedback.rating, Feedback.thumbs)
        .join(ArchivedJob, ArchivedJob.id == Feedback.job_id)
        .where(Feedback.tenant == tenant)
    )
    rows = await session.execute(query)
    return [Said(moment, model, rating, thumbs) for moment, model, rating, thumbs in rows]


async def _games(session: AsyncSession, tenant: str) -> list[Game]:
    job_a, job_b = aliased(ArchivedJob), aliased(ArchivedJob)
    query = (
        select(job_a.model, job_b.model, Comparison.winner)
        .select_from(Comparison)
        .join(job_a, job_a.id == Comparison.job_a)
        .join(job_b, job_b.id == Comparison.job_b)
        .where(Comparison.tenant == tenant)
    )
    return [(a, b, winner) for a, b, winner in await session.execute(query)]


def _feedback_view(feedback: Feedback, job: ArchivedJob) -> FeedbackView:
    return FeedbackView(
        id=feedback.id,
        job_id=job.id,
        rating=feedback.rating,
        thumbs=feedback.thumbs,
        tags=feedback.tags,
        comment=feedback.comment,
        model=job.model,
        prompt=job.prompt,
        request=job.request,
        seed=job.seed,
        receipt=job.receipt,
        created_at=feedback.created_at,
    )
