"""The words of the service: what a caller may ask for, and the states of what was asked for.

Everything is validated here, once, at the edge; inner code trusts these types.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shared.content import AVOID_EXPLICIT, avoids_explicit
from shared.contract import NUMBER, Contract
from shared.raw_prompts import RawPrompt, without_aids
from shared.sampling import SamplingParams
from shared.text import AuthorNote, Constraint, Memory, StorySeed

MAX_CONSTRAINTS = 8
MAX_DEADLINE_SECONDS = 24 * 3600
MAX_SO_FAR_CHARS = 16_000
"""Several times what a context of 1,024 tokens holds, and within a body's limit in any script."""


class Genre(StrEnum):
    FANTASY = "fantasy"
    ADVENTURE = "adventure"
    ROMANCE = "romance"
    MYSTERY = "mystery"
    COMEDY = "comedy"
    HORROR = "horror"
    FABLE = "fable"


class PointOfView(StrEnum):
    FIRST = "first-person"
    THIRD = "third-person"


class Style(StrEnum):
    CLASSIC_FAIRYTALE = "classic fairytale"
    FOLK_TALE = "folk tale"
    BEDTIME_STORY = "bedtime story"
    POETIC = "poetic"
    MODERN = "modern"


class Length(StrEnum):
    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"

    @property
    def token_budget(self) -> int:
        """Most tokens a story of this length may have when the caller sets no max_new_tokens."""
        return {Length.SHORT: 256, Length.MEDIUM: 480, Length.LONG: 800}[self]

    @property
    def token_floor(self) -> int:
        """As many tokens, the end token among them, the next shorter class has room for."""
        classes = list(Length)
        place = classes.index(self)
        return classes[place - 1].token_budget if place else 0


class JobStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def is_terminal(self) -> bool:
        return self not in (JobStatus.QUEUED, JobStatus.RUNNING)


class FinishReason(StrEnum):
    STOP = "stop"
    LENGTH = "length"
    CANCELLED = "cancelled"
    DEADLINE = "deadline"
    ERROR = "error"


class Priority(StrEnum):
    INTERACTIVE = "interactive"
    BATCH = "batch"


ModelName = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class StoryControls(Contract):
    """What the story should be like; written into the prompt by `shared.prompts`."""

    genre: Genre = Genre.FANTASY
    pov: PointOfView = PointOfView.THIRD
    style: Style = Style.CLASSIC_FAIRYTALE
    length: Length = Length.SHORT
    constraints: Annotated[list[Constraint], Field(max_length=MAX_CONSTRAINTS)] = Field(
        default_factory=lambda: [AVOID_EXPLICIT]
    )

    @field_validator("constraints")
    @classmethod
    def _known_in_any_spelling(cls, constraints: list[str]) -> list[str]:
        """One that is kept in code is not lost by a capital letter or a full stop."""
        return [AVOID_EXPLICIT if avoids_explicit(each) else each for each in constraints]


class GenerateRequest(Contract):
    """Body of `POST /generate` and `POST /v1/jobs`; everything but the seed has a default.

    With `story_so_far` the story goes on from there; the seed then only pulls. A raw prompt takes
    the place of the seed and of all that would be written around it.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "story_seed": "A lighthouse keeper who hears mysterious music from the sea",
                    "controls": {"genre": "fantasy", "pov": "third-person", "length": "short"},
                    "sampling": {"temperature": 0.9, "top_k": 50, "top_p": 0.95, "seed": 7},
                }
            ]
        }
    )

    raw_prompt: RawPrompt | None = Field(
        default=None,
        # So that whatever stands without one is what it was before there were any.
        exclude_if=lambda raw: raw is None,
        description="what the model reads, as it is, in place of a seed and controls; the aids in "
        "`sampling` are then off unless they are asked for, and of the constraints only "
        f"{AVOID_EXPLICIT!r} can be",
    )
    story_seed: StorySeed | None = Field(
        default=None, validate_default=True, description="needed unless there is a raw prompt"
    )
    story_so_far: (
        Annotated[str, StringConstraints(min_length=1, max_length=MAX_SO_FAR_CHARS)] | None
    ) = Field(
        default=None,
        description="the text to go on from; what does not fit into the model's context is "
        "dropped from its front",
    )
    memory: Memory | None = Field(
        default=None,
        description="what the story must not forget; it stands before all of it and is never "
        "dropped",
    )
    author_note: AuthorNote | None = Field(
        default=None,
        description="what is to come; it stands before the last paragraph of the story so far",
    )
    controls: StoryControls = Field(default_factory=StoryControls)
    sampling: SamplingParams = Field(default_factory=SamplingParams)
    model: ModelName | None = None
    priority: Priority = Priority.INTERACTIVE
    deadline_seconds: (
        Annotated[float, Field(gt=0, le=MAX_DEADLINE_SECONDS, allow_inf_nan=False), NUMBER] | None
    ) = Field(
        default=None,
        description="from its acceptance on; a story that has not begun by then expires, one that "
        "is being written ends with what it has",
    )
    cancel_on_disconnect: bool = Field(
        default=False,
        description="whether the story is cancelled once nobody has followed its events, or waited "
        "for its end, for 15 seconds; otherwise it outlives its readers",
    )

    _plain = model_validator(mode="before")(without_aids)

    @field_validator("story_seed")
    @classmethod
    def _seed_or_raw_prompt(cls, seed: str | None, info: ValidationInfo) -> str | None:
        if seed is None and info.data.get("raw_prompt", "not valid") is None:
            raise PydanticCustomError(
                "seed_missing", "must be a text, unless there is a raw_prompt"
            )
        return seed

    @field_validator("sampling")
    @classmethod
    def _no_way_around_the_filter(
        cls, sampling: SamplingParams, info: ValidationInfo
    ) -> SamplingParams:
        controls = info.data.get("controls")
        if sampling.logprobs and controls and AVOID_EXPLICIT in controls.constraints:
            raise ValueError(
                "logprobs name words that nobody judged: above 0 they do not go with the "
                f"constraint {AVOID_EXPLICIT!r}"
            )
        return sampling

    @model_validator(mode="after")
    def _raw_prompt_stands_alone(self) -> Self:
        if self.raw_prompt is None:
            return self
        written = (self.story_seed, self.story_so_far, self.memory, self.author_note)
        asked_for = StoryControls(constraints=self.controls.constraints)
        if any(written) or self.controls != asked_for or not self._can_be_kept:
            raise ValueError(
                "raw_prompt is read as it is: nothing is written around it, so no story_seed, "
                "story_so_far, memory, author_note or controls go with it, but for the constraint "
                f"{AVOID_EXPLICIT!r}"
            )
        return self

    @property
    def most_tokens(self) -> int:
        """How long the story can become, as far as the request says."""
        return self.sampling.max_new_tokens or self.controls.length.token_budget

    @property
    def _can_be_kept(self) -> bool:
        """Whether the constraints need not be told to the model."""
        return set(self.controls.constraints) <= {AVOID_EXPLICIT}
