"""Draws the next token from one row of logits.

A pure function of the row, the parameters, the seed, the position and the tokens before; it never
sees the other rows of the batch, so they cannot change its arithmetic. The order is that of
Hugging Face's processors: repetition penalty, temperature, top-k, top-p.
"""

import numpy as np

from services.worker.engine.draws import Scores, Tokens
from services.worker.engine.noise import key_of
from shared.sampling import SamplingParams

try:
    from services.worker.engine.compiled_draws import choose, shortlist
except ImportError:  # no numba here
    from services.worker.engine.draws import choose, shortlist


def sample(
    logits: Scores, params: SamplingParams, *, seed: int, position: int, context: Tokens
) -> int | None:
    """The token at `position`, or None if `logits` [vocabulary] are no numbers, or none of them is
    finite; `context` is prompt + generated.
    """
    scores = _penalise(logits, context, params.repetition_penalty)
    if params.temperature == 0:
        greatest = int(scores.argmax())  # or the first NaN
        return greatest if np.isfinite(scores[greatest]) else None
    tokens, log_weights = shortlist(scores, params.top_k, params.temperature)
    if not tokens.size:
        return None
    return int(choose(tokens, log_weights, params.top_p, key_of(seed, position)))


def _penalise(logits: Scores, context: Tokens, penalty: float) -> Scores:
    """Make tokens that occurred less likely (Keskar et al. 2019); leaves `logits` as they are."""
    if penalty == 1:
        return logits
    scores = logits.copy()
    seen = scores[context]
    scores[context] = np.where(seen < 0, seen * np.float32(penalty), seen / np.float32(penalty))
    return scores
