"""Draws the next tokens from rows of logits.

Each a pure function of its row, the parameters, the seed, the position and the tokens before; it
never sees the other rows of the batch, so they cannot change its arithmetic.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from services.worker.engine.biases import Bias
from services.worker.engine.draws import NOTHING, Wishes
from services.worker.engine.weighing import Scores, Tokens
from shared.sampling import SamplingParams

try:
    from services.worker.engine.compiled_draws import draw_all
except ImportError:  # no numba here
    from services.worker.engine.draws import draw_all


class Wish(NamedTuple):
    """How a token is to be drawn; it will be the one behind `context`, prompt + generated."""

    sampling: SamplingParams
    seed: int
    context: Tokens
    biases: Sequence[Bias] = ()
    """The last one counts where several name a token."""


_NO_TOKENS = np.empty(0, np.int64)
_NO_BIAS = Bias(_NO_TOKENS, np.empty(0, np.float32), np.empty(0, np.float32))


def sample(logits: Scores, wishes: Sequence[Wish]) -> list[int | None]:
    """A token of each row, or None if its logits are no numbers, or none of them is finite.

    `logits` [rows, vocabulary] stay as they are.
    """
    drawn = draw_all(logits, packed(wishes)).tolist()
    return [None if token == NOTHING else token for token in drawn]


def packed(wishes: Sequence[Wish]) -> Wishes:
    contexts, biases = [_NO_TOKENS], [_NO_BIAS]
    filters, places, bounds = [], [], [(0, 0)]
    seen = biased = 0
    for sampling, seed, context, own in wishes:
        penalty = sampling.repetition_penalty
        filters.append((penalty, sampling.temperature, sampling.top_k, sampling.top_p))
        places.append((seed, len(context)))
        if penalty != 1:
            contexts.append(context)
            seen += len(context)
        for each in own:
            biases.append(each)
            biased += len(each.tokens)
        bounds.append((seen, biased))
    return Wishes(
        np.array(filters, np.float64),
        np.array(places, np.int64),
        np.array(bounds, np.int64),
        np.concatenate(contexts),
        *map(np.concatenate, zip(*biases, strict=True)),
    )
