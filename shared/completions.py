"""Completions and models in the words of OpenAI's API. Knows nothing of jobs.

Every field may be null, as it may be there, and then counts as not given.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from shared.contract import NUMBER, Contract
from shared.errors import ErrorCode, ServiceError
from shared.raw_prompts import MAX_RAW_CHARS, RawPrompt
from shared.sampling import (
    MAX_STOP_STRINGS,
    Logprobs,
    NewTokens,
    RepetitionPenalty,
    SeedPull,
    StopStrings,
    Temperature,
    TopK,
    TopP,
)
from shared.schemas import ModelName, Priority, StoryControls
from shared.text import AuthorNote, Memory

MAX_CHOICES = 32
"""Of one request; each is a job."""
DRAWN = -1
"""What many clients send for a seed that they leave to the service."""


class ModelNotFoundError(ServiceError):
    code = ErrorCode.MODEL_NOT_FOUND
    status = 404
    title = "No such model"


class CompletionCancelledError(ServiceError):
    code = ErrorCode.CANCELLED
    status = 409
    title = "It was cancelled before its end"


def _listed(value: Any) -> Any:
    """One text stands for a list of one."""
    return [value] if isinstance(value, str) else value


def _texts(value: Any) -> Any:
    items = _listed(value)
    if isinstance(items, list) and any(isinstance(item, int | list) for item in items):
        raise ValueError("send text: prompts of token ids are not taken here")
    return items


def _one_or_more(items: dict[str, Any], least: int, most: int) -> WithJsonSchema:
    many = {"type": "array", "items": items, "minItems": least, "maxItems": most}
    return WithJsonSchema({"anyOf": [items, many]})


def _only(*neutral: object) -> AfterValidator:
    """What asks for nothing is taken; what is not offered is refused and not passed over."""

    def check(value: Any) -> Any:
        if value is not None and value not in neutral:
            raise ValueError("this is not offered here; leave it out")
        return value

    return AfterValidator(check)


_TEXT = {"type": "string", "minLength": 1, "maxLength": MAX_RAW_CHARS}
Prompts = Annotated[
    list[RawPrompt],
    Field(min_length=1, max_length=MAX_CHOICES),
    BeforeValidator(_texts),
    _one_or_more(_TEXT, 1, MAX_CHOICES),
]
Stops = Annotated[
    StopStrings,
    BeforeValidator(_listed),
    _one_or_more({"type": "string", "minLength": 1, "maxLength": 64}, 0, MAX_STOP_STRINGS),
]


class StreamOptions(Contract):
    include_usage: bool | None = None
    include_obfuscation: Annotated[bool | None, _only(False)] = None


class CompletionRequest(Contract):
    """Body of `POST /v1/completions`. Without `controls` the model reads the prompt as it is.

    What OpenAI's API does not have stands last. With `controls` the prompt is the seed of a story,
    and what is not given is as for `POST /v1/jobs`; `max_tokens` is then up to the length class.
    """

    model: ModelName | None = Field(default=None, description="without one, the service's own")
    prompt: Prompts
    max_tokens: NewTokens | None = Field(default=None, description="16 unless given")
    temperature: Temperature | None = Field(default=None, description="1 unless given")
    top_p: TopP | None = Field(default=None, description="1 unless given")
    n: Annotated[int, Field(ge=1, le=MAX_CHOICES), NUMBER] | None = Field(
        default=None, description="choices for each prompt; the seed of each is one more"
    )
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    stop: Stops | None = None
    seed: Annotated[int, Field(ge=DRAWN, lt=2**63), NUMBER] | None = Field(
        default=None, description="drawn, if it is not given or -1"
    )
    echo: bool | None = Field(default=None, description="whether the prompt stands before the text")
    user: str | None = Field(default=None, max_length=512, description="says nothing here")
    logprobs: Logprobs | None = Field(
        default=None, description="the likeliest tokens that each comes with, beside its own"
    )
    suffix: Annotated[str | None, _only("")] = None
    logit_bias: Annotated[dict[str, float] | None, _only({})] = None
    presence_penalty: Annotated[float | None, _only(0)] = None
    frequency_penalty: Annotated[float | None, _only(0)] = None
    best_of: int | None = None

    controls: StoryControls | None = None
    memory: Memory | None = Field(default=None, description="of a story, with `controls`")
    author_note: AuthorNote | None = Field(default=None, description="of a story, with `controls`")
    top_k: TopK | None = Field(default=None, description="0, which is no limit, unless given")
    repetition_penalty: RepetitionPenalty | None = Field(
        default=None, description="1, which is none, unless given"
    )
    seed_pull: SeedPull | None = Field(default=None, description="of a story, with `controls`")
    end_at_sentence: bool | None = None
    avoid_explicit: bool | None = Field(
        default=None, description="of a raw prompt; of a story the constraints in `controls` say it"
    )
    keep_length: bool | None = Field(default=None, description="of a story, with `controls`")
    priority: Priority | None = None

    @field_validator("logprobs")
    @classmethod
    def _not_of_the_prompt(cls, logprobs: int | None, info: ValidationInfo) -> int | None:
        if logprobs is not None and info.data.get("echo"):
            raise ValueError("those of the prompt are not offered here; leave `echo` out")
        return logprobs

    @field_validator("n")
    @classmethod
    def _not_too_many(cls, n: int | None, info: ValidationInfo) -> int | None:
        if n and n * len(info.data.get("prompt", ())) > MAX_CHOICES:
            raise ValueError(f"prompts times n may be {MAX_CHOICES}")
        return n

    @field_validator("best_of")
    @classmethod
    def _all_are_answered(cls, best_of: int | None, info: ValidationInfo) -> int | None:
        if best_of not in (None, 1, info.data.get("n")):
            raise ValueError("none is picked here: all `n` are answered; leave it out")
        return best_of

    @field_validator("memory", "author_note", "seed_pull", "keep_length")
    @classmethod
    def _of_a_story(cls, value: Any, info: ValidationInfo) -> Any:
        if value and info.data.get("controls", "not valid") is None:
            raise ValueError("is of a story: it wants `controls`")
        return value

    @field_validator("avoid_explicit")
    @classmethod
    def _of_a_raw_prompt(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and info.data.get("controls") is not None:
            raise ValueError("is of a raw prompt: `controls` have `constraints` for it")
        return value

    @field_validator("stream_options")
    @classmethod
    def _of_a_stream(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and not info.data.get("stream"):
            raise ValueError("wants `stream`: true")
        return value

    @property
    def choices_each(self) -> int:
        return self.n or 1

    @property
    def wants_usage(self) -> bool:
        """At the end of its stream."""
        return self.stream_options is not None and bool(self.stream_options.include_usage)


class CompletionUsage(Contract):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class CompletionLogprobs(Contract):
    """Of each token of a text, in its order."""

    tokens: list[str]
    token_logprobs: list[float]
    top_logprobs: list[dict[str, float]] | None = Field(description="null if none were asked for")
    text_offset: list[int] = Field(description="characters of the text before it")


class CompletionChoice(Contract):
    text: str
    index: int = Field(description="of the choices of the first prompt first")
    logprobs: CompletionLogprobs | None = None
    finish_reason: Literal["stop", "length"] | None
    job_id: str = Field(description="as `/v1/jobs/{job_id}` knows it")


class Completion(Contract):
    """An answer, or a chunk of one that is streamed."""

    id: str
    object: Literal["text_completion"] = "text_completion"
    created: int = Field(description="Unix time, seconds")
    model: str
    choices: list[CompletionChoice]
    usage: CompletionUsage | None = Field(
        default=None, description="of a stream only in its last chunk, if it was asked for"
    )


class ModelCard(Contract):
    """A model that a live worker serves."""

    id: str
    object: Literal["model"] = "model"
    created: Literal[0] = Field(default=0, description="OpenAI's clients want it; nobody knows it")
    owned_by: Literal["once"] = "once"
    context_length: int = Field(description="tokens of a prompt and its completion together")


class ModelList(Contract):
    object: Literal["list"] = "list"
    data: list[ModelCard]
