"""Our engine, fed as the worker feeds it: stories join and leave between steps."""

import secrets
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from services.worker.engine import Engine, SequenceRequest
from services.worker.engine.dtypes import Dtype
from shared.sampling import SamplingParams
from tests.bench.engine.case import Pace
from tests.bench.prompts import TOP_K, TOP_P


class Ours:
    def __init__(self, model: Path, dtype: Dtype, *, slots: int) -> None:
        self._engine = Engine.load(str(model), dtype=dtype, max_batch=slots)

    def write(self, prompts: Sequence[str], tokens: int, pace: Pace) -> None:
        """Until the pace is over: how long it takes until all write is the engine's own choice."""
        for number, prompt in enumerate(prompts):
            room = self._engine.context_length - self._engine.count_tokens(prompt)
            self._engine.add_request(story_request(number, prompt, room))
        while not pace.over:
            outputs = self._engine.step()
            pace.tick([int(out.id) for out in outputs if out.token is not None])
            if any(out.finish_reason is not None for out in outputs):
                pace.close()
        for number in range(len(prompts)):
            self._engine.abort(str(number))

    def churn(self, prompts: Sequence[str], lengths: Sequence[int], slots: int) -> None:
        waiting = deque(enumerate(zip(prompts, lengths, strict=True)))
        writing = 0
        while waiting or self._engine.has_work:
            while waiting and writing < slots:
                number, (prompt, length) = waiting.popleft()
                self._engine.add_request(story_request(number, prompt, length))
                writing += 1
            writing -= sum(out.finish_reason is not None for out in self._engine.step())


def story_request(number: int, prompt: str, tokens: int) -> SequenceRequest:
    """Of so many tokens, sampled as everybody does; no other story spares it reading its prompt."""
    return SequenceRequest(
        id=str(number),
        prompt=prompt,
        sampling=sampling(tokens),
        seed=number,
        token_budget=tokens,
        owner=secrets.token_hex(8),
    )


def sampling(tokens: int) -> SamplingParams:
    """What everybody samples with: k 50, p 0.95, and none of our aids."""
    return SamplingParams(
        temperature=1,
        top_k=TOP_K,
        top_p=TOP_P,
        repetition_penalty=1,
        max_new_tokens=tokens,
        seed_pull=0,
        end_at_sentence=False,
        keep_length=False,
    )
