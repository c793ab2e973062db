"""The words of the service: what a caller may ask for, and the states of what was asked for.

Everything is validated here, once, at the edge; inner code trusts these types.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shared.content import AVOID_EXPLICIT, avoids_explicit
from shared.raw_prompts import RawPrompt, without_aids
from shared.text import AuthorNote, Constraint, Memory, StorySeed

MAX_NEW_TOKENS = 4_096
MAX_STOP_STRINGS = 8
MAX_LOGPROBS = 5
MAX_CONSTRAINTS = 8
MAX_DEADLINE_SECONDS = 24 * 3600
MAX_SO_FAR_CHARS = 16_000
"""Several times what a context of 1,024 tokens holds, and within a body's limit in any script."""


class Contract(BaseModel):
    """Base of every message: immutable, and unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
Seed = Annotated[int, Field(ge=0, lt=2**63)]
StopString = Annotated[str, StringConstraints(min_length=1, max_length=64)]
StopStrings = Annotated[list[StopString], Field(max_length=MAX_STOP_STRINGS)]
Temperature = Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)]
TopP = Annotated[float, Field(gt=0, le=1)]
TopK = Annotated[int, Field(ge=0, le=100_000)]
RepetitionPenalty = Annotated[float, Field(ge=0.5, le=5)]
NewTokens = Annotated[int, Field(ge=1, le=MAX_NEW_TOKENS)]
SeedPull = Annotated[float, Field(ge=0, le=10)]
Logprobs = Annotated[int, Field(ge=0, le=MAX_LOGPROBS)]


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


class SamplingParams(Contract):
    """How the next token is drawn. Same parameters, seed and model: same story.

    `temperature` 0 is greedy decoding; `top_k` 0 and `top_p` 1 switch those filters off. Without
    `max_new_tokens` the story's length class decides, clipped to the model's context.

    `seed_pull` is what a word of the seed that the story has not used gains where it is plausible,
    in nats; 0 switches it off. With `end_at_sentence` a story never ends itself within a sentence,
    and near its limit it ends after one. With `keep_length` a new story without `max_new_tokens`
    does not end itself before its length class is reached, and ends more readily as the class runs
    out.

    With `logprobs` each token comes with its log probability, and those of so many that were the
    likeliest in its place: as the model had them, before anything above was applied.
    """

    temperature: Temperature = 0.9
    top_p: TopP = 0.95
    top_k: TopK = 50
    repetition_penalty: RepetitionPenalty = 1.1
    max_new_tokens: NewTokens | None = None
    stop: StopStrings = Field(default_factory=list)
    seed: Seed | None = None
    seed_pull: SeedPull = 3.0
    end_at_sentence: bool = True
    keep_length: bool = True
    # So that whatever stands without is what it was before there were any.
    logprobs: Logprobs | None = Field(default=None, exclude_if=lambda count: count is None)


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
        Annotated[float, Field(gt=0, le=MAX_DEADLINE_SECONDS, allow_inf_nan=False)] | None
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
            raise PydanticCustomError("missing", "Field required")
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
    def _can_be_kept(self) -> bool:
        """Whether the constraints need not be told to the model."""
        return set(self.controls.constraints) <= {AVOID_EXPLICIT}
