"""What is done to a row of scores before anything is drawn from it. In place; numpy runs these, and
numba compiles them.
"""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Tokens = NDArray[np.int64]


def bias(scores: Scores, best: np.float32, tokens: Tokens, nats: Scores, margins: Scores) -> None:
    """Add to the scores of some tokens, where they are at most so far below the best one. Of a
    token that is named twice only the last time counts.
    """
    own = scores[tokens]
    scores[tokens] = np.where(own >= best - margins, own + nats, own)


def penalise(scores: Scores, context: Tokens, penalty: np.float32) -> None:
    """Make tokens that occurred less likely (Keskar et al. 2019)."""
    seen = scores[context]
    scores[context] = np.where(seen < 0, seen * penalty, seen / penalty)
