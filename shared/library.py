"""The words of the library: stories as trees of passages."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.contract import NUMBER, Contract, JobId
from shared.sampling import SamplingParams, Seed
from shared.schemas import GenerateRequest, JobStatus, ModelName, StoryControls
from shared.text import AuthorNote, Memory, one_line

TITLE_MAX_CHARS = 200
PASSAGE_MAX_CHARS = 200_000
EDIT_MAX_BYTES = 12 * PASSAGE_MAX_CHARS + 1_024
"""JSON spells a character with twelve bytes at most."""
BEGINNING_CHARS = 240
"""Of a story, in a list."""
SEARCH_MAX_CHARS = 200

Title = Annotated[
    str,
    StringConstraints(min_length=1, max_length=TITLE_MAX_CHARS),
    AfterValidator(one_line),
]
Text = Annotated[str, StringConstraints(max_length=PASSAGE_MAX_CHARS)]


class Origin(StrEnum):
    """Who wrote a passage. The seed is the root of every story."""

    SEED = "seed"
    MODEL = "model"
    EDIT = "edit"


class FileFormat(StrEnum):
    """What a story can be exported as."""

    TXT = "txt"
    MD = "md"
    JSON = "json"
    EPUB = "epub"

    @property
    def media_type(self) -> str:
        return {
            FileFormat.TXT: "text/plain; charset=utf-8",
            FileFormat.MD: "text/markdown; charset=utf-8",
            FileFormat.JSON: "application/json",
            FileFormat.EPUB: "application/epub+zip",
        }[self]


class NewStory(Contract):
    """A story to be told now, or one from a job that exists already."""

    title: Title | None = Field(default=None, description="without one, the seed's beginning")
    request: GenerateRequest | None = None
    job_id: JobId | None = None

    @model_validator(mode="after")
    def _begins_one_way(self) -> Self:
        if (self.request is None) == (self.job_id is None):
            raise ValueError("a story begins either with a request or with a job_id")
        return self


class Renaming(Contract):
    title: Title


class Telling(Contract):
    """How to go on; what is not given stays as it was, except that a new seed is drawn.

    An empty memory or note is none.
    """

    controls: StoryControls | None = None
    sampling: SamplingParams | None = None
    model: ModelName | None = None
    memory: Memory | None = None
    author_note: AuthorNote | None = None


class Branching(Contract):
    at: Annotated[int, Field(ge=1, description="characters (code points) that are kept"), NUMBER]


class Edit(Contract):
    text: Text
    through: str | None = Field(
        default=None,
        max_length=64,
        description="a passage that follows the edited one: all that leads there is copied behind "
        "the new text, so that the story goes on as it did",
    )


class Told(Contract):
    """How a job told a passage. What stood before it is in the tree, and not here once more."""

    request: GenerateRequest = Field(description="without its `story_so_far`")
    model: ModelName
    seed: Seed


class PassageView(Contract):
    """A passage as the API answers it; `text` grows while its job runs."""

    id: str
    parent_id: str | None = None
    revises_id: str | None = Field(
        default=None, description="the passage that this one was told, branched or edited from"
    )
    origin: Origin
    text: str
    controls: StoryControls
    job_id: str | None = None
    status: JobStatus | None = Field(
        default=None, description="its job's; null without a job, or while nobody knows"
    )
    created_at: float


class StoryHead(Contract):
    """What is told of a story wherever it is."""

    id: str
    title: str
    story_seed: str
    version: int
    created_at: float = Field(description="Unix time, seconds")
    updated_at: float
    deleted_at: float | None = None


class StorySummary(StoryHead):
    """A story in a list."""

    passage_count: int = Field(description="with its seed")
    beginning: str = Field(
        max_length=BEGINNING_CHARS,
        description="of the text behind the seed, as it was first told; empty until that is kept",
    )


class StoryView(StoryHead):
    """A story with all its passages, in the order of their making: parents come first."""

    passages: list[PassageView]


class StoryPage(Contract):
    """One page of the caller's stories, last changed first."""

    stories: list[StorySummary]
    next_cursor: str | None = None
