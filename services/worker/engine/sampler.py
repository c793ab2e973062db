"""Draws the next token from one row of logits.

A pure function of the row, the parameters, the seed, the position and the tokens before; it never
sees the other rows of the batch, so they cannot change its arithmetic. The order is that of
Hugging Face's processors: repetition penalty, temperature, top-k, top-p.
"""

import numpy as np
from numpy.typing import NDArray

from services.worker.engine.noise import gumbel
from shared.sampling import SamplingParams

Scores = NDArray[np.float32]
Tokens = NDArray[np.int64]

# Most nuclei are narrower than this; sorting so many costs 0.1 ms, the whole vocabulary 4.5 ms.
NARROW_NUCLEUS = 1024
# Groups whose maxima bound the k-th largest score from below: 30 µs where a partition takes 300.
_GROUP = 64


def sample(
    logits: Scores, params: SamplingParams, *, seed: int, position: int, context: Tokens
) -> int:
    """The token at `position`; `logits` [vocabulary] is finite, `context` is prompt + generated."""
    scores = _penalise(logits, context, params.repetition_penalty)
    if params.temperature == 0:
        return int(scores.argmax())
    tokens = _top_k(scores, params.top_k)
    log_weights = _temper(scores[tokens], params.temperature)
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


def _temper(scores: Scores, temperature: float) -> NDArray[np.float64]:
    """Shift first: the best score is then 0 and a tiny temperature cannot overflow it."""
    shifted = scores.astype(np.float64) - float(scores.max())
    with np.errstate(over="ignore"):
        result: NDArray[np.float64] = shifted / temperature
    return result


def _top_k(scores: Scores, k: int) -> Tokens:
    """Every token that scores at least the k-th best, ascending. Ties at the edge all stay."""
    if k == 0 or k >= scores.size:
        return np.arange(scores.size)
    candidates = np.flatnonzero(scores >= _lower_bound(scores, k))
    threshold = _kth_largest(scores[candidates], k)
    return candidates[scores[candidates] >= threshold]


def _lower_bound(scores: Scores, k: int) -> np.float32:
    """A value that at least k scores reach: the k-th largest of the maxima of disjoint groups."""
    groups = scores.size // _GROUP
    if groups <= k:
        return np.float32(-np.inf)
    maxima: Scores = np.maximum.reduce(scores[: groups * _GROUP].reshape(_GROUP, groups))
    return _kth_largest(maxima, k)


def _kth_largest(scores: Scores, k: int) -> np.float32:
    threshold: np.float32 = np.partition(scores, scores.size - k)[scores.size - k]
    return threshold


def _nucleus(log_weights: NDArray[np.float64], p: float) -> Tokens:
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
