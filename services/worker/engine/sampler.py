"""Draws the next token from one row of logits.

A pure function of the row, the parameters, the seed, the position and the tokens before; it never
sees the other rows of the batch, so they cannot change its arithmetic. The order is that of
Hugging Face's processors: repetition penalty, temperature, top-k, top-p.
"""

import numpy as np
from numpy.typing import NDArray

from services.worker.engine.draws import LogWeights, Scores, Tokens
from services.worker.engine.noise import gumbel
from shared.sampling import SamplingParams

try:
    from services.worker.engine.compiled_draws import shortlist
except ImportError:  # no numba here
    from services.worker.engine.draws import shortlist

# Most nuclei are narrower than this; sorting so many costs 0.1 ms, the whole vocabulary 4.5 ms.
NARROW_NUCLEUS = 1024


def sample(
    logits: Scores, params: SamplingParams, *, seed: int, position: int, context: Tokens
) -> int:
    """The token at `position`; `logits` [vocabulary] is finite, `context` is prompt + generated."""
    scores = _penalise(logits, context, params.repetition_penalty)
    if params.temperature == 0:
        return int(scores.argmax())
    tokens, log_weights = shortlist(scores, params.top_k, params.temperature)
    kept = _nucleus(log_weights, params.top_p)
    tokens, log_weights = tokens[kept], log_weights[kept]
    return int(tokens[np.argmax(log_weights + gumbel(seed, position, tokens))])


def _penalise(logits: Scores, context: Tokens, penalty: float) -> Scores:
    """Make tokens that occurred less likely (Keskar et al. 2019); leaves `logits` as they are."""
    if penalty == 1:
        return logits
    scores = logits.copy()
    seen = scores[context]
    scores[context] = np.where(seen < 0, seen * np.float32(penalty), seen / np.float32(penalty))
    return scores


def _nucleus(log_weights: LogWeights, p: float) -> Tokens:
    """Indices of the smallest set of best candidates whose probability reaches `p`."""
    if p >= 1:
        return np.arange(log_weights.size)
    weights = np.exp(log_weights)
    wanted = p * float(weights.sum())
    if weights.size > NARROW_NUCLEUS:
        # The same prefix of the same order as below, hence the same sums and the same set.
        edge = np.partition(weights, weights.size - NARROW_NUCLEUS)[-NARROW_NUCLEUS]
        best = np.flatnonzero(weights >= edge)
        if weights[best].sum() > wanted * (1 + 1e-9):
            return best[_cut(weights[best], wanted)]
    return _cut(weights, wanted)


def _cut(weights: NDArray[np.float64], wanted: float) -> Tokens:
    """Best first (equal weights: smaller index first), up to the one that reaches `wanted`."""
    order = np.argsort(-weights, kind="stable")
    before = np.cumsum(weights[order]) - weights[order]
    return order[: max(1, int(np.searchsorted(before, wanted)))]
