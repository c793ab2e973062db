"""What readers say of ended jobs: kept beside the job itself, which is its provenance."""

import time
import uuid
from dataclasses import dataclass

from services.api import judgements
from services.api.archive import Archive
from services.api.aside import Aside
from services.api.cursors import decode_moment, encode_moment
from services.api.db import opinions
from services.api.db.models import ArchivedJob, Comparison, Feedback
from services.api.summary import summarize
from shared.contract import Contract
from shared.errors import InvalidRequestError, NoOpinionError
from shared.opinions import (
    ComparisonView,
    FeedbackPage,
    FeedbackView,
    NewComparison,
    NewFeedback,
    OpinionSummary,
)


@dataclass(frozen=True, slots=True)
class Opinions:
    archive: Archive
    aside: Aside

    async def say(self, job_id: str, said: NewFeedback, *, tenant: str) -> FeedbackView:
        """It replaces what the caller said of this job before.

        Raises UnknownJobError, or UnfinishedError while the job is being written.
        """
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
        """It replaces what the caller said of these two before, in either order.

        Raises as `say` does, and InvalidRequestError if the jobs had different prompts.
        """
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
        return _comparison_view(comparison, job_a)

    async def last_said(self, job_id: str, *, tenant: str) -> FeedbackView:
        """Raises NoOpinionError if the caller said nothing of this job."""
        async with self.archive.database.reading() as session:
            found = await opinions.feedback_of(session, job_id, tenant)
        if found is None:
            raise NoOpinionError("You have said nothing of this job.")
        return _feedback_view(*found)

    async def last_compared(self, job_a: str, job_b: str, *, tenant: str) -> ComparisonView:
        """In the order asked for. Raises NoOpinionError if the caller never compared these two."""
        async with self.archive.database.reading() as session:
            found = await opinions.comparison_of(session, job_a, job_b, tenant)
        if found is None:
            raise NoOpinionError("You have not compared these two jobs.")
        comparison, job, _ = found
        view = _comparison_view(comparison, job)
        return view if view.job_a == job_a else view.mirrored()

    async def page(self, *, tenant: str, cursor: str | None, limit: int) -> FeedbackPage:
        after = None if cursor is None else decode_moment(cursor)
        async with self.archive.database.reading() as session:
            rows = await opinions.feedback_page(session, tenant, after=after, limit=limit + 1)
        shown = [_feedback_view(feedback, job) for feedback, job in rows[:limit]]
        last = shown[-1] if len(rows) > limit else None
        return FeedbackPage(
            feedback=shown, next_cursor=encode_moment(last.created_at, last.id) if last else None
        )

    async def summary(self, *, tenant: str) -> OpinionSummary:
        async with self.archive.database.reading() as session:
            said = await opinions.said(session, tenant)
            games = await opinions.games(session, tenant)
        # Not here: nobody's story may stand still while models are ranked.
        return await self.aside.run(tenant, summarize, said, games)

    async def export(self, *, tenant: str) -> str:
        """The caller's last word on each job and each two, as lines that the evaluation reads."""
        async with self.archive.database.reading() as session:
            said = await opinions.all_feedback(session, tenant)
            compared = await opinions.all_comparisons(session, tenant)
        lines: list[Contract] = [
            *(line for feedback, job in said for line in judgements.ratings(feedback, job)),
            *(judgements.comparison(each, a, b) for each, a, b in compared),
        ]
        return "".join(f"{line.model_dump_json(exclude_none=True)}\n" for line in lines)


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


def _comparison_view(comparison: Comparison, job: ArchivedJob) -> ComparisonView:
    """With either of the two jobs, as both were written for one prompt."""
    return ComparisonView(
        id=comparison.id,
        job_a=comparison.job_a,
        job_b=comparison.job_b,
        winner=comparison.winner,
        comment=comparison.comment,
        prompt=job.prompt,
        created_at=comparison.created_at,
    )
