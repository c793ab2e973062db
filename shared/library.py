"""The words of the library: stories as trees of passages, and what readers said of them."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.schemas import (
    Contract,
    GenerateRequest,
    JobStatus,
    Receipt,
    SamplingParams,
    StoryControls,
)
from shared.text import one_line

TITLE_MAX_CHARS = 200
PASSAGE_MAX_CHARS = 200_000
COMMENT_MAX_CHARS = 4_000
MAX_TAGS = 16

Title = Annotated[
    str,
    StringConstraints(min_length=1, max_length=TITLE_MAX_CHARS),
    AfterValidator(one_line),
]
Text = Annotated[str, StringConstraints(max_length=PASSAGE_MAX_CHARS)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(one_line)]
Comment = Annotated[str, StringConstraints(min_length=1, max_length=COMMENT_MAX_CHARS)]


class Origin(StrEnum):
    """Who wrote a passage. The seed is the root of every story."""

    SEED = "seed"
    MODEL = "model"
    EDIT = "edit"


class NewStory(Contract):
    """A story to be told now, or one from a job that exists already."""

    title: Title | None = Field(default=None, description="without one, the seed's beginning")
    request: GenerateRequest | None = None
    job_id: str | None = None

    @model_validator(mode="after")
    def _begins_one_way(self) -> Self:
        if (self.request is None) == (self.job_id is None):
            raise ValueError("a story begins either with a request or with a job_id")
        return self


class Renaming(Contract):
    title: Title


class Telling(Contract):
    """How to go on; what is not given stays as it was, except that a new seed is drawn."""

    controls: StoryControls | None = None
    sampling: SamplingParams | None = None
    model: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = None


class Branching(Contract):
    at: Annotated[int, Field(ge=1, description="characters (code points) that are kept")]


class Edit(Contract):
    text: Text


class PassageView(Contract):
    """A passage as the API answers it; `text` grows while its job runs."""

    id: str
    parent_id: str | None = None
    origin: Origin
    text: str
    controls: StoryControls
    job_id: str | None = None
    status: JobStatus | None = Field(
        default=None, description="its job's; null without a job, or while nobody knows"
    )
    created_at: float


class StorySummary(Contract):
    """A story in a list."""

    id: str
    title: str
    story_seed: str
    version: int
    created_at: float = Field(description="Unix time, seconds")
    updated_at: float
    deleted_at: float | None = None


class StoryView(StorySummary):
    """A story with all its passages, in the order of their making: parents come first."""

    passages: list[PassageView]


class StoryPage(Contract):
    """One page of the caller's stories, last changed first."""

    stories: list[StorySummary]
    next_cursor: str | None = None


class Thumbs(StrEnum):
    UP = "up"
    DOWN = "down"


class Winner(StrEnum):
    A = "a"
    B = "b"
    TIE = "tie"


class NewFeedback(Contract):
    """What a reader says of one ended job: stars, a thumb or both."""

    rating: Annotated[int, Field(ge=1, le=5)] | None = None
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

    job_a: str
    job_b: str
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
