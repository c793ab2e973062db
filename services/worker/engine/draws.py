"""Draws from rows of logits, in numpy: where nothing can be compiled."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.worker.engine.noise import GOLDEN, MIX_1, MIX_2, key_of
from services.worker.engine.portable import exponentials, logarithms
from services.worker.engine.weighing import Scores, Tokens, bias, penalise

LogWeights = NDArray[np.float64]

NOTHING = -1
"""Instead of a token: where the scores are no numbers, or none of them is finite."""
GROUP = 64
"""Scores in each of the groups whose maxima bound the k-th largest score from below: 30 µs where a
partition takes 300."""
NEARLY = 1 + 1e-9
"""More than rounding comes to."""


class Wishes(NamedTuple):
    """How the next token of each row is to be drawn. What rows have several of lies one behind the
    other.
    """

    filters: NDArray[np.float64]
    """[rows, repetition penalty and temperature and k and p]."""
    places: NDArray[np.int64]
    """[rows, seed and position]: of the noise."""
    bounds: NDArray[np.int64]
    """[rows + 1, of contexts and of biases]: where a row's begin, and end those of the one before.
    """
    contexts: Tokens
    """The tokens so far; none of rows without a penalty."""
    biased: Tokens
    nats: Scores
    margins: Scores
    """As `weighing.bias` has them."""


def draw_all(logits: Scores, wishes: Wishes) -> Tokens:
    """A token of each row, or NOTHING; `logits` [rows, vocabulary] stay as they are.

    Behind the biases the order is that of Hugging Face's processors: repetition penalty,
    temperature, top-k, top-p.
    """
    drawn = []
    for row, scores in enumerate(logits.copy()):
        penalty, temperature, k, p = wishes.filters[row]
        seen, own = (slice(*ends) for ends in wishes.bounds[row : row + 2].T)
        with np.errstate(invalid="ignore"):  # which then is no number
            bias(scores, scores.max(), wishes.biased[own], wishes.nats[own], wishes.margins[own])
            penalise(scores, wishes.contexts[seen], np.float32(penalty))
        key = key_of(*wishes.places[row].tolist())
        drawn.append(_draw(scores, temperature, int(k), p, key))
    return np.array(drawn, np.int64)


def _draw(scores: Scores, temperature: float, k: int, p: float, key: np.uint64) -> int:
    if temperature == 0:
        greatest = int(scores.argmax())  # or the first NaN
        return greatest if np.isfinite(scores[greatest]) else NOTHING
    tokens, log_weights = shortlist(scores, k, temperature)
    return int(choose(tokens, log_weights, p, key)) if tokens.size else NOTHING


def shortlist(scores: Scores, k: int, temperature: float) -> tuple[Tokens, LogWeights]:
    """Every token that scores at least the k-th best, ascending, and its logarithm of a weight that
    is 1 for the best. Ties at the edge all stay; a `k` of 0 keeps every token. None of scores that
    have no finite maximum, or are no numbers.
    """
    if not np.isfinite(scores.max()):
        return np.empty(0, np.int64), np.empty(0)
    tokens = _top_k(scores, k)
    return tokens, _temper(scores[tokens], temperature)


def _temper(scores: Scores, temperature: float) -> LogWeights:
    """Shift first: the best score is then 0 and a tiny temperature cannot overflow it."""
    shifted = scores.astype(np.float64) - float(scores.max())
    with np.errstate(over="ignore"):
        result: LogWeights = shifted / temperature
    return result


def _top_k(scores: Scores, k: int) -> Tokens:
    if k == 0 or k >= scores.size:
        return np.arange(scores.size)
    candidates = np.flatnonzero(scores >= _lower_bound(scores, k))
    threshold = _kth_largest(scores[candidates], k)
    return candidates[scores[candidates] >= threshold]


def _lower_bound(scores: Scores, k: int) -> np.float32:
    """A value that at least k scores reach: the k-th largest of the maxima of disjoint groups."""
    groups = scores.size // GROUP
    if groups <= k:
        return np.float32(-np.inf)
    maxima: Scores = np.maximum.reduce(scores[: groups * GROUP].reshape(GROUP, groups))
    return _kth_largest(maxima, k)


def _kth_largest(scores: Scores, k: int) -> np.float32:
    threshold: np.float32 = np.partition(scores, scores.size - k)[scores.size - k]
    return threshold


def choose(tokens: Tokens, log_weights: LogWeights, p: float, key: np.uint64) -> np.int64:
    """One of the best candidates whose probability reaches `p`: the greatest sum of a logarithm and
    Gumbel noise is a draw (Gumbel 1954).

    The noise is keyed by token, so a draw hardly changes when the candidates around the winner do.
    Nor is anything sorted: if the winner is not among those best, neither is what goes behind it,
    and one is drawn from those before it.
    """
    weights, numbers = exponentials(log_weights), scatter(key, tokens)
    wanted = p * float(weights.cumsum()[-1]) if p < 1 else np.inf
    ahead, places = weights.copy(), np.arange(weights.size)
    while True:
        best = _winner(log_weights, ahead, numbers)
        equal = weights == weights[best]
        ahead[(weights < weights[best]) | (equal & (places >= best))] = 0
        if ahead.cumsum()[-1] < wanted:
            chosen: np.int64 = tokens[best]
            return chosen


def _winner(log_weights: LogWeights, weights: LogWeights, numbers: NDArray[np.float64]) -> np.int64:
    """The index of the greatest sum. -log(x) is between 1 - x and (1 - x) / x, so that for most a
    logarithm need not be computed.
    """
    rest = 1 - numbers
    lead = (weights * (numbers / rest)).max()
    near = np.flatnonzero(weights * NEARLY >= lead * rest)
    best: np.int64 = near[np.argmax(log_weights[near] + gumbel(numbers[near]))]
    return best


def gumbel(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard Gumbel noise of numbers between 0 and 1."""
    return -logarithms(-logarithms(numbers))


def scatter(key: np.uint64, tokens: Tokens) -> NDArray[np.float64]:
    """A hash of the key and each token, as a number in the open interval (0, 1)."""
    counters = tokens.astype(np.uint64) + np.uint64(1)
    hashed = _mix(key + counters * np.uint64(GOLDEN))
    # 52 bits and a half: the largest value is then still a double below 1, so no log(0) follows.
    return ((hashed >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64; products of arrays wrap at 64 bits by themselves."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(MIX_1)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(MIX_2)
    return state ^ (state >> np.uint64(31))
