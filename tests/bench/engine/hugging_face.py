"""Hugging Face's GPT-2 as its users run it: `generate`, and their own loops around `forward`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import (
    AutoTokenizer,
    DynamicCache,
    GPT2LMHeadModel,
    StoppingCriteria,
    StoppingCriteriaList,
)

from tests.bench.engine.case import Pace
from tests.bench.engine.contestant import StaticBatches
from tests.bench.prompts import TOP_K, TOP_P


class _HuggingFace(StaticBatches):
    def __init__(self, model: Path, dtype: torch.dtype, *, device: str = "cpu") -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(model)
        self._model: Any = GPT2LMHeadModel.from_pretrained(model, dtype=dtype)
        self._model.to(device)  # type: ignore[arg-type]
        self._model.eval()  # type: ignore[no-untyped-call]

    def _ids(self, prompts: Sequence[str]) -> Tensor:
        """All prompts are as long as each other, so there is no padding."""
        ids = [self._tokenizer(prompt)["input_ids"] for prompt in prompts]
        return torch.tensor(ids, device=self._model.device)


class Forward(_HuggingFace):
    @torch.inference_mode()
    def write(self, prompts: Sequence[str], tokens: int, pace: Pace) -> None:
        cache = DynamicCache(config=self._model.config)
        ids = self._ids(prompts)
        for _ in range(tokens):
            answer = self._model(ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
            ids = _draw(answer.logits[:, -1].float())
            pace.tick(range(len(prompts)))
            if pace.over:
                return


class Generate(_HuggingFace):
    @torch.inference_mode()
    def write(self, prompts: Sequence[str], tokens: int, pace: Pace) -> None:
        ids = self._ids(prompts)
        self._model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=True,
            top_k=TOP_K,
            top_p=TOP_P,
            max_new_tokens=tokens,
            min_new_tokens=tokens,
            stopping_criteria=StoppingCriteriaList([_Ticking(pace)]),
        )


class _Ticking(StoppingCriteria):
    """Called behind every token of the batch."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        self._pace.tick(range(len(input_ids)))
        return torch.full((len(input_ids),), self._pace.over, device=input_ids.device)


def _draw(logits: Tensor) -> Tensor:
    """One token a row, [rows, 1], by top-k first and top-p among those."""
    scores, tokens = logits.topk(TOP_K)
    weights = scores.softmax(-1)
    weights[weights.cumsum(-1) - weights >= TOP_P] = 0
    return tokens.gather(1, torch.multinomial(weights, 1))
