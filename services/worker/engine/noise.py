"""Counter-based sampling noise: a hash of (seed, position, token) and nothing else.

There is no generator and so no generator state to save, move or lose. Knows nothing of logits.
"""

import numpy as np
from numpy.typing import NDArray

from services.worker.engine.draws import GOLDEN, MIX_1, MIX_2

try:
    from services.worker.engine.compiled_draws import scatter
except ImportError:  # no numba here
    from services.worker.engine.draws import scatter

_MASK = 2**64 - 1


def uniform(seed: int, position: int, tokens: NDArray[np.int64]) -> NDArray[np.float64]:
    """One number in the open interval (0, 1) for each token, at this position of this story."""
    key = np.uint64(_mix(_mix((seed + GOLDEN) & _MASK) ^ position))
    numbers: NDArray[np.float64] = scatter(key, tokens)
    return numbers


def gumbel(seed: int, position: int, tokens: NDArray[np.int64]) -> NDArray[np.float64]:
    """Standard Gumbel noise: the argmax of log-probability + noise is a draw (Gumbel 1954).

    Keyed by token, so a draw hardly changes when the candidates around the winner do.
    """
    result: NDArray[np.float64] = -np.log(-np.log(uniform(seed, position, tokens)))
    return result


def _mix(state: int) -> int:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    state = ((state ^ (state >> 30)) * MIX_1) & _MASK
    state = ((state ^ (state >> 27)) * MIX_2) & _MASK
    return state ^ (state >> 31)
