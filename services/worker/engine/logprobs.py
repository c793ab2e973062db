"""How likely the model held a token, and which others it held likelier.

A pure function of the row of logits, before any aid, penalty or filter, like what is drawn from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.worker.engine.weighing import Scores

_PLACES = 6


@dataclass(frozen=True, slots=True)
class Logprob:
    token: int
    text: str
    logprob: float


@dataclass(frozen=True, slots=True)
class Logprobs:
    """Of the token that was drawn, and of the likeliest in its place, best first."""

    chosen: Logprob
    top: tuple[Logprob, ...]


def logprobs(logits: Scores, token: int, *, count: int, bytes_of: Sequence[bytes]) -> Logprobs:
    """`count` are the others; `logits` [vocabulary] is finite. Equally likely: smaller id first."""
    shifted = logits.astype(np.float64) - float(logits.max())
    log_total = float(np.log(np.exp(shifted).sum()))

    def of(id: int) -> Logprob:
        # A negative zero is no other number, but another text.
        return Logprob(id, _text(bytes_of[id]), round(shifted[id] - log_total, _PLACES) + 0.0)

    return Logprobs(of(token), tuple(of(int(id)) for id in _best(logits, count)))


def _best(logits: Scores, count: int) -> Sequence[int]:
    if not count:
        return ()
    count = min(count, logits.size)
    edge = np.partition(logits, logits.size - count)[logits.size - count]
    candidates = np.flatnonzero(logits >= edge)
    best = np.argsort(-logits[candidates], kind="stable")[:count]
    return [int(id) for id in candidates[best]]


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "bytes:" + "".join(f"\\x{byte:02x}" for byte in data)
