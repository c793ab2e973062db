"""Counter-based sampling noise: a hash of (seed, position, token) and nothing else.

There is no generator and so no generator state to save, move or lose. Knows nothing of logits.
"""

import numpy as np
from numpy.typing import NDArray

_MASK = 2**64 - 1
_GOLDEN = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB


def uniform(seed: int, position: int, tokens: NDArray[np.int64]) -> NDArray[np.float64]:
    """One number in the open interval (0, 1) for each token, at this position of this story."""
    key = _mix(_mix((seed + _GOLDEN) & _MASK) ^ position)
    counters = tokens.astype(np.uint64) + np.uint64(1)
    hashed = _mix_array(np.uint64(key) + counters * np.uint64(_GOLDEN))
    # 52 bits and a half: the largest value is then still a double below 1, so no log(0) follows.
    return ((hashed >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def gumbel(seed: int, position: int, tokens: NDArray[np.int64]) -> NDArray[np.float64]:
    """Standard Gumbel noise: the argmax of log-probability + noise is a draw (Gumbel 1954).

    Keyed by token, so a draw hardly changes when the candidates around the winner do.
    """
    result: NDArray[np.float64] = -np.log(-np.log(uniform(seed, position, tokens)))
    return result


def _mix(state: int) -> int:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    state = ((state ^ (state >> 30)) * _MIX_1) & _MASK
    state = ((state ^ (state >> 27)) * _MIX_2) & _MASK
    return state ^ (state >> 31)


def _mix_array(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """`_mix` for an array, whose products wrap at 64 bits by themselves."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(_MIX_1)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(_MIX_2)
    return state ^ (state >> np.uint64(31))
