"""What `draws` has in numpy, compiled: the same bits in a fraction of the time.

Numba's own sorting and partitioning would take ten seconds to compile.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from services.worker.engine import draws, weighing
from services.worker.engine.compiling import compiled
from services.worker.engine.draws import GROUP, NEARLY, Wishes
from services.worker.engine.noise import GOLDEN, MIX_1, MIX_2
from services.worker.engine.portable import exponentials, logarithms
from services.worker.engine.reducing import bits_of, ends, of_bits, ordered
from services.worker.engine.weighing import Scores, Tokens

_u64 = np.uint64
_GOLDEN, _MIX_1, _MIX_2 = _u64(GOLDEN), _u64(MIX_1), _u64(MIX_2)
_NOTHING = np.int64(draws.NOTHING)
_LEAST, _MOST = np.int32(-(2**31)), np.int32(2**31 - 1)
_NEGATIVE_ZERO = np.float32(-0.0).view(np.int32) ^ _MOST
_MOST_INFINITE = np.float32(np.inf).view(np.int32)
_LEAST_INFINITE = np.float32(-np.inf).view(np.int32) ^ _MOST
"""As `ordered` has them."""
SPARE = 8
"""Groups that are searched for nothing: without any a draw took 27 us where it took 25."""
_bias, _penalise, _exponentials, _logarithms = (
    compiled(exactly=True)(each)
    for each in (weighing.bias, weighing.penalise, exponentials, logarithms)
)


def draw_all(logits: Scores, wishes: Wishes) -> Tokens:
    # A row of several need not end where the next one begins, and the compiler is to know of each
    # that its scores lie side by side.
    step, (rows, size) = logits.strides[0] // logits.itemsize, logits.shape
    flat = as_strided(logits, (step * (rows - 1) + size,), logits.strides[1:])
    drawn: Tokens = _draw_rows(flat, step, size, *wishes)
    return drawn


@compiled()
def _draw_rows(flat, step, size, filters, places, bounds, contexts, biased, nats, margins):  # type: ignore[no-untyped-def]
    """By one thread. Two took two thirds of its time, but a worker of two cores that changed its
    way every 0.35 s took 1.03 of a step's time with two (standard error 0.01): whoever is told
    needs the other core meanwhile.
    """
    drawn = np.empty(len(filters), np.int64)
    for row in range(len(filters)):
        scores = flat[row * step : row * step + size]
        drawn[row] = _draw_row(
            scores, row, filters, places, bounds, contexts, biased, nats, margins
        )
    return drawn


@compiled()
def _draw_row(scores, row, filters, places, bounds, contexts, biased, nats, margins):  # type: ignore[no-untyped-def]
    """In place, and the scores put back: a copy of them all takes as long as the draw."""
    seen = contexts[bounds[row, 0] : bounds[row + 1, 0]]
    first, end = bounds[row, 1], bounds[row + 1, 1]
    tokens = biased[first:end]
    penalised, own = scores[seen], scores[tokens]
    if len(tokens):
        best = of_bits(ordered(ends(scores)[1]))
        _bias(scores, best, tokens, nats[first:end], margins[first:end])
    penalty, temperature, k, p = filters[row]
    _penalise(scores, seen, np.float32(penalty))
    seed, position = places[row]
    key = _mix(_mix(_u64(seed) + _GOLDEN) ^ _u64(position))
    token = _draw(scores, temperature, int(k), p, key)
    scores[seen], scores[tokens] = penalised, own
    return token


@compiled()
def _draw(scores, temperature, k, p, key):  # type: ignore[no-untyped-def]
    if temperature == 0:
        return _greatest(scores)
    tokens, log_weights = shortlist(scores, k, temperature)
    return choose(tokens, log_weights, p, key) if len(tokens) else _NOTHING


@compiled()
def _greatest(scores):  # type: ignore[no-untyped-def]
    """The first of equals."""
    least, most = ends(scores)
    if _are_numbers(least, most):
        best = of_bits(ordered(most))
        for token in range(len(scores)):
            if scores[token] == best:
                return token
    return _NOTHING


@compiled()
def shortlist(scores, k, temperature):  # type: ignore[no-untyped-def]
    tokens = _top_k(scores, k) if 0 < k < len(scores) else _all(scores)
    log_weights = scores[tokens].astype(np.float64)
    if len(tokens):
        log_weights -= log_weights.max()
        log_weights /= temperature
    return tokens, log_weights


@compiled()
def _all(scores):  # type: ignore[no-untyped-def]
    least, most = ends(scores)
    return np.arange(len(scores) if _are_numbers(least, most) else 0)


@compiled()
def _top_k(scores, k):  # type: ignore[no-untyped-def]
    groups = len(scores) // GROUP
    maxima = np.empty(groups, np.int32)
    lowest, greatest = ends(scores[groups * GROUP :])
    for group in range(groups):
        least, most = ends(scores[group * GROUP : (group + 1) * GROUP])
        lowest, greatest = min(lowest, least), max(greatest, most)
        maxima[group] = most
    if not _are_numbers(lowest, greatest):
        return np.empty(0, np.int64)
    bound = _kth_largest(maxima, k, SPARE) if groups > k else _LEAST
    candidates = _at_least(scores, bound, np.flatnonzero(maxima >= bound))
    chosen = np.empty(len(candidates), np.int32)
    for i in range(len(candidates)):
        chosen[i] = ordered(bits_of(scores[candidates[i]]))
    return candidates[chosen >= _kth_largest(chosen, k, 0)]


@compiled()
def _are_numbers(least, most):  # type: ignore[no-untyped-def]
    """Whether there is no NaN between these, and the greatest is finite."""
    return least >= _LEAST_INFINITE and _LEAST_INFINITE < most < _MOST_INFINITE


@compiled()
def _at_least(scores, bound, found):  # type: ignore[no-untyped-def]
    """The tokens that score so much, ascending; of the groups, only those `found` have any."""
    left = len(scores) // GROUP * GROUP
    tokens = np.empty(len(found) * GROUP + len(scores) - left, np.int64)
    count = 0
    for group in found:
        for token in range(group * GROUP, (group + 1) * GROUP):
            tokens[count] = token
            count += ordered(bits_of(scores[token])) >= bound
    for token in range(left, len(scores)):
        tokens[count] = token
        count += ordered(bits_of(scores[token])) >= bound
    return tokens[:count]


@compiled()
def _kth_largest(numbers, k, spare):  # type: ignore[no-untyped-def]
    """Or less, so that up to so many more are as large. By halving. Both zeros are as large."""
    least, most = np.int64(numbers.min()), np.int64(numbers.max())
    while least < most:
        middle = (least + most + 1) >> 1
        count = (numbers >= np.int32(middle)).sum()
        if count >= k:
            least = middle
        else:
            most = middle - 1
        if k <= count <= k + spare:
            break
    if least:
        return np.int32(least)
    return np.int32(1 if (numbers > 0).sum() >= k else _NEGATIVE_ZERO)


@compiled(exactly=True)
def choose(tokens, log_weights, p, key):  # type: ignore[no-untyped-def]
    weights, numbers, total = _exponentials(log_weights), scatter(key, tokens), 0.0
    for weight in weights:
        total += weight
    wanted = p * total if p < 1 else np.inf
    ahead = weights.copy()
    while True:
        best = _winner(log_weights, ahead, numbers)
        before = 0.0
        for other in range(len(weights)):
            if weights[other] < weights[best] or (
                weights[other] == weights[best] and other >= best
            ):
                ahead[other] = 0
            before += ahead[other]
        if before < wanted:
            return tokens[best]


@compiled(exactly=True)
def _winner(log_weights, weights, numbers):  # type: ignore[no-untyped-def]
    lead = 0.0
    for i in range(len(weights)):
        lead = max(lead, weights[i] * (numbers[i] / (1 - numbers[i])))
    near = np.flatnonzero(weights * NEARLY >= lead * (1 - numbers))
    return near[np.argmax(log_weights[near] + gumbel(numbers[near]))]


@compiled(exactly=True)
def gumbel(numbers):  # type: ignore[no-untyped-def]
    return -_logarithms(-_logarithms(numbers))


@compiled()
def scatter(key, tokens):  # type: ignore[no-untyped-def]
    numbers = np.empty(len(tokens))
    for i in range(len(tokens)):
        state = _mix(key + (_u64(tokens[i]) + _u64(1)) * _GOLDEN)
        numbers[i] = (np.float64(state >> _u64(12)) + 0.5) * 2.0**-52
    return numbers


@compiled(borrows=True)
def _mix(state):  # type: ignore[no-untyped-def]
    state = (state ^ (state >> _u64(30))) * _MIX_1
    state = (state ^ (state >> _u64(27))) * _MIX_2
    return state ^ (state >> _u64(31))
