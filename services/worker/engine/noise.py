"""Counter-based sampling noise: a hash of (seed, position, token) and nothing else.

There is no generator and so no generator state to save, move or lose. Knows nothing of logits.
"""

import numpy as np

GOLDEN = 0x9E3779B97F4A7C15
MIX_1 = 0xBF58476D1CE4E5B9
MIX_2 = 0x94D049BB133111EB
"""Of SplitMix64 (Steele, Lea and Flood 2014)."""
_MASK = 2**64 - 1


def key_of(seed: int, position: int) -> np.uint64:
    """For `draws.scatter`: that of a position of a story."""
    return np.uint64(_mix(_mix((seed + GOLDEN) & _MASK) ^ position))


def _mix(state: int) -> int:
    """Its finaliser."""
    state = ((state ^ (state >> 30)) * MIX_1) & _MASK
    state = ((state ^ (state >> 27)) * MIX_2) & _MASK
    return state ^ (state >> 31)
