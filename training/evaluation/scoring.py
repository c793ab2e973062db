"""What a text costs a model: sliding-window log-likelihood, each token scored once.

Follows the strided evaluation described in the transformers documentation ("Perplexity of
fixed-length models"). Knows nothing of metrics or reports.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
from transformers import GPT2LMHeadModel, PreTrainedTokenizerBase

from training.tokenizer import load_tokenizer

ROWS_AT_ONCE = 1_024
"""Of logits: with GPT-2's vocabulary of 50,257 these take 206 MB."""


@dataclass(frozen=True, slots=True)
class Cost:
    """`nats` over `tokens` tokens, which are `words` words and `bytes` UTF-8 bytes."""

    nats: float
    tokens: int
    words: int
    bytes: int

    @property
    def bits(self) -> float:
        return self.nats / math.log(2)


@dataclass(frozen=True, slots=True)
class Window:
    """Inputs `ids[start:end]`; the targets from `scored` up to and including `end` are new."""

    text: int
    start: int
    scored: int
    end: int


@dataclass(frozen=True, slots=True)
class Scorer:
    model: GPT2LMHeadModel
    tokenizer: PreTrainedTokenizerBase

    @classmethod
    def load(cls, directory: Path) -> Self:
        """In float32, on a GPU where there is one."""
        model = GPT2LMHeadModel.from_pretrained(directory, dtype=torch.float32)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        return cls(model.train(False).to(device), load_tokenizer(directory))

    @property
    def context(self) -> int:
        return int(self.model.config.n_positions)

    @torch.inference_mode()
    def costs(
        self,
        texts: Sequence[str],
        prompts: Sequence[str] | None = None,
        *,
        window: int | None = None,
        stride: int | None = None,
        batch_size: int = 8,
    ) -> list[Cost]:
        """Cost of each text, given its prompt if there are any, which is read and not scored.

        A text without a prompt follows the end-of-text token, so that its first token counts too.
        `window` is at most the model's context and defaults to it, `stride` to half of it; a
        token is seen with at least `window - stride` tokens before it where there are so many.
        """
        window = min(window or self.context, self.context)
        stride = stride or max(1, window // 2)
        if not 0 < stride <= window:
            raise ValueError(f"stride {stride} is not between 1 and the window of {window}")
        ids = [self._ids(text, prompt) for text, prompt in _paired(texts, prompts)]
        windows = [
            w for n, (i, first) in enumerate(ids) for w in _windows(n, i, first, window, stride)
        ]
        windows.sort(key=lambda w: w.end - w.start)
        nats = [0.0] * len(texts)
        for at in range(0, len(windows), batch_size):
            self._score([id for id, _ in ids], windows[at : at + batch_size], nats)
        return [
            Cost(nats[n], len(i) - first, len(text.split()), len(text.encode()))
            for n, (text, (i, first)) in enumerate(zip(texts, ids, strict=True))
        ]

    def _ids(self, text: str, prompt: str) -> tuple[list[int], int]:
        """All tokens, and the place of the first that is scored."""
        before = self._encode(prompt) or [int(self.tokenizer.eos_token_id)]
        return [*before, *self._encode(text)], len(before)

    def _encode(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False, verbose=False))

    def _score(self, ids: list[list[int]], windows: list[Window], nats: list[float]) -> None:
        """Add what each window's new tokens cost to its text. Rows are filled up behind."""
        longest = max(w.end - w.start for w in windows)
        rows = torch.zeros(len(windows), longest, dtype=torch.long)
        for row, w in zip(rows, windows, strict=True):
            row[: w.end - w.start] = torch.tensor(ids[w.text][w.start : w.end])
        hidden = self.model.transformer(rows.to(self.model.device)).last_hidden_state
        for states, w in zip(hidden, windows, strict=True):
            before = states[w.scored - 1 - w.start : w.end - w.start]
            targets = torch.tensor(ids[w.text][w.scored : w.end + 1], device=states.device)
            nats[w.text] += self._nats(before, targets)

    def _nats(self, states: torch.Tensor, targets: torch.Tensor) -> float:
        """States [tokens, width] and what came next [tokens]; logits for some rows at a time."""
        nats = 0.0
        for at in range(0, len(states), ROWS_AT_ONCE):
            logits = self.model.lm_head(states[at : at + ROWS_AT_ONCE]).float()
            wanted = targets[at : at + ROWS_AT_ONCE]
            nats += torch.nn.functional.cross_entropy(logits, wanted, reduction="sum").item()
        return nats


def _paired(texts: Sequence[str], prompts: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    return zip(texts, prompts if prompts is not None else [""] * len(texts), strict=True)


def _windows(
    text: int, ids: Sequence[int], first: int, window: int, stride: int
) -> Iterator[Window]:
    """Cover the targets `ids[first:]`; the last input is the token before the last target."""
    scored, end = first, min(window, len(ids) - 1)
    while scored < len(ids):
        if scored <= end:
            yield Window(text, max(0, end - window), scored, end)
            scored = end + 1
        end = min(end + stride, len(ids) - 1)
