"""Drives an engine in tests: run stories to their end and collect what came out."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.worker.engine import Engine, SequenceRequest, StepOutput
from shared.sampling import SamplingParams
from shared.schemas import FinishReason

PROMPT = "once upon a time there was a keeper"
STORY_SEED = "A lighthouse keeper who hears music from the sea"
AIDED = SamplingParams(
    temperature=1.5, top_k=0, top_p=0.98, repetition_penalty=1.1, seed_pull=6, end_at_sentence=True
)
LIVELY = AIDED.model_copy(update={"seed_pull": 0.0, "end_at_sentence": False, "keep_length": False})


@dataclass
class Story:
    tokens: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    finish_reason: FinishReason | None = None

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def add(self, output: StepOutput) -> None:
        assert self.finish_reason is None, "nothing may follow the end"
        if output.token is not None:
            self.tokens.append(output.token)
            self.texts.append(output.text)
        self.finish_reason = output.finish_reason


def request(
    id: str = "story",
    *,
    prompt: str = PROMPT,
    sampling: SamplingParams = LIVELY,
    seed: int = 7,
    token_budget: int = 40,
    generated: Iterable[int] = (),
    owner: str | None = None,
    frame: str = "",
) -> SequenceRequest:
    """Of an owner who has no other story, so that all of it is computed."""
    return SequenceRequest(
        id,
        prompt,
        sampling,
        seed,
        token_budget,
        tuple(generated),
        story_seed=STORY_SEED,
        owner=secrets.token_hex(8) if owner is None else owner,
        frame=frame,
    )


def collect(engine: Engine, stories: dict[str, Story] | None = None) -> dict[str, Story]:
    """Step until nothing is left to do."""
    stories = {} if stories is None else stories
    while engine.has_work:
        collect_step(engine, stories)
    return stories


def collect_step(engine: Engine, stories: dict[str, Story]) -> list[StepOutput]:
    outputs = engine.step()
    for output in outputs:
        stories.setdefault(output.id, Story()).add(output)
    return outputs


def write(engine: Engine, story: SequenceRequest) -> Story:
    """One story alone."""
    engine.add_request(story)
    return collect(engine)[story.id]
