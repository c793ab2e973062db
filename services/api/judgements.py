"""Feedback from its rows to the lines of its file. Pure."""

from collections.abc import Iterator

from services.api.db import models
from services.api.db.models import ArchivedJob
from shared.judgements import Comparison, Rating
from shared.opinions import Thumbs


def ratings(feedback: models.Feedback, job: ArchivedJob) -> Iterator[Rating]:
    """Stars and a thumb are a rating each."""
    if feedback.rating is not None:
        yield _rated(job, stars=feedback.rating)
    if feedback.thumbs is not None:
        yield _rated(job, thumbs=feedback.thumbs)


def comparison(row: models.Comparison, a: ArchivedJob, b: ArchivedJob) -> Comparison:
    return Comparison(
        prompt=a.prompt,
        model_a=a.model,
        story_a=a.text,
        model_b=b.model,
        story_b=b.text,
        winner=row.winner,
    )


def _rated(job: ArchivedJob, *, stars: int | None = None, thumbs: Thumbs | None = None) -> Rating:
    return Rating(
        model=job.model,
        prompt=job.prompt,
        story=job.text,
        job=job.id,
        stars=stars,
        thumbs=thumbs,
    )
