"""How the words of a story are drawn."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.contract import NUMBER, Contract

MAX_NEW_TOKENS = 4_096
MAX_STOP_STRINGS = 8
MAX_LOGPROBS = 5

Seed = Annotated[int, Field(ge=0, lt=2**63), NUMBER]
StopString = Annotated[str, StringConstraints(min_length=1, max_length=64)]
StopStrings = Annotated[list[StopString], Field(max_length=MAX_STOP_STRINGS)]
Temperature = Annotated[float, Field(ge=0, le=5, allow_inf_nan=False), NUMBER]
TopP = Annotated[float, Field(gt=0, le=1), NUMBER]
TopK = Annotated[int, Field(ge=0, le=100_000), NUMBER]
RepetitionPenalty = Annotated[float, Field(ge=0.5, le=5), NUMBER]
NewTokens = Annotated[int, Field(ge=1, le=MAX_NEW_TOKENS), NUMBER]
SeedPull = Annotated[float, Field(ge=0, le=10), NUMBER]
Logprobs = Annotated[int, Field(ge=0, le=MAX_LOGPROBS), NUMBER]


class SamplingParams(Contract):
    """How the next token is drawn. Same parameters, seed and model: same story.

    `temperature` 0 is greedy decoding; `top_k` 0 and `top_p` 1 switch those filters off. Without
    `max_new_tokens` the story's length class decides, clipped to the model's context.

    `seed_pull` is what a word of the seed that the story has not used gains where it is plausible,
    in nats; 0 switches it off. With `end_at_sentence` a story never ends itself within a sentence,
    and near its limit it ends after one. With `keep_length` a story, or a passage that goes on from
    one, does not end itself before its length class is reached, and ends more readily as the class
    runs out; not where there is a `max_new_tokens`.

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
