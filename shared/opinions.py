"""What readers say of stories, and what follows from it."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.contract import NUMBER, Contract, JobId
from shared.jobs import Receipt
from shared.schemas import GenerateRequest
from shared.text import one_line

COMMENT_MAX_CHARS = 4_000
MAX_TAGS = 16

Tag = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(one_line)]
Comment = Annotated[str, StringConstraints(min_length=1, max_length=COMMENT_MAX_CHARS)]


class Thumbs(StrEnum):
    UP = "up"
    DOWN = "down"


class Winner(StrEnum):
    A = "a"
    B = "b"
    TIE = "tie"

    @property
    def mirrored(self) -> "Winner":
        """The same choice when the two are named in the other order."""
        return {Winner.A: Winner.B, Winner.B: Winner.A, Winner.TIE: Winner.TIE}[self]


class NewFeedback(Contract):
    """What a reader says of one ended job: stars, a thumb or both."""

    rating: Annotated[int, Field(ge=1, le=5), NUMBER] | None = None
    thumbs: Thumbs | None = None
    tags: Annotated[list[Tag], Field(max_length=MAX_TAGS)] = Field(default_factory=list)
    comment: Comment | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.rating is None and self.thumbs is None:
            raise ValueError("feedback has a rating, thumbs or both")
        return self


class NewComparison(Contract):
    """Two ended jobs for one prompt, of which a reader prefers one or neither."""

    job_a: JobId
    job_b: JobId
    winner: Winner
    comment: Comment | None = None

    @model_validator(mode="after")
    def _compares_two(self) -> Self:
        if self.job_a == self.job_b:
            raise ValueError("a comparison needs two different jobs")
        return self


class FeedbackView(Contract):
    """What a reader said of a job, with everything that the job's text depends on."""

    id: str
    job_id: str
    rating: int | None = None
    thumbs: Thumbs | None = None
    tags: list[str]
    comment: str | None = None
    model: str
    prompt: str
    request: GenerateRequest
    seed: int
    receipt: Receipt | None = None
    created_at: float


class FeedbackPage(Contract):
    """One page of what the caller said, newest first."""

    feedback: list[FeedbackView]
    next_cursor: str | None = None


class ComparisonView(Contract):
    id: str
    job_a: str
    job_b: str
    winner: Winner
    comment: str | None = None
    prompt: str
    created_at: float

    def mirrored(self) -> "ComparisonView":
        """The same comparison with the two jobs in the other order."""
        turned = {"job_a": self.job_b, "job_b": self.job_a, "winner": self.winner.mirrored}
        return self.model_copy(update=turned)


class RatedDay(Contract):
    """What was said on one day (UTC) of one model's stories."""

    day: str = Field(description="YYYY-MM-DD")
    model: str
    opinions: int
    stars: list[int] = Field(description="how often one, two, … five stars were given")
    thumbs_up: int
    thumbs_down: int


class Strength(Contract):
    """Natural log of a Bradley–Terry strength, relative to its group's mean, which is 0."""

    model: str
    value: float
    low: float = Field(description="95 % interval, from the Fisher information")
    high: float


class Standing(Contract):
    """Models that were compared, directly or through others; nothing links two standings."""

    models: list[str]
    comparisons: int
    strengths: list[Strength] = Field(
        description="strongest first; empty where `problem` says why there are none"
    )
    problem: str | None = None


class OpinionSummary(Contract):
    """What the caller says of each job and each two, the last word of it, in numbers."""

    days: list[RatedDay] = Field(description="oldest first")
    standings: list[Standing]
    comparisons: int = Field(description="those of a model with itself as well")
