"""Feedback as the lines of a file that `training.evaluation.feedback` reads. Pure."""

from collections.abc import Iterator
from typing import Literal

from services.api.db.models import ArchivedJob, Comparison, Feedback
from shared.opinions import Thumbs, Winner
from shared.schemas import Contract


class RatingLine(Contract):
    """Stars or a thumb, never both: whoever gave both said two things."""

    kind: Literal["rating"] = "rating"
    model: str
    prompt: str
    story: str
    job: str
    stars: int | None = None
    thumbs: Thumbs | None = None


class ComparisonLine(Contract):
    kind: Literal["comparison"] = "comparison"
    prompt: str
    model_a: str
    story_a: str
    model_b: str
    story_b: str
    winner: Winner


def rating_lines(feedback: Feedback, job: ArchivedJob) -> Iterator[RatingLine]:
    line = RatingLine(model=job.model, prompt=job.prompt, story=job.text, job=job.id)
    if feedback.rating is not None:
        yield line.model_copy(update={"stars": feedback.rating})
    if feedback.thumbs is not None:
        yield line.model_copy(update={"thumbs": feedback.thumbs})


def comparison_line(comparison: Comparison, a: ArchivedJob, b: ArchivedJob) -> ComparisonLine:
    return ComparisonLine(
        prompt=a.prompt,
        model_a=a.model,
        story_a=a.text,
        model_b=b.model,
        story_b=b.text,
        winner=comparison.winner,
    )
