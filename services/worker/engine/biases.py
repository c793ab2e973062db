"""What a story's next token is pulled to, or kept from, beside what the model says."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from services.worker.engine.weighing import Scores, Tokens


class Bias(NamedTuple):
    """What some tokens gain, in nats, if they are at most so far below the best one."""

    tokens: Tokens
    nats: Scores
    margins: Scores


def near_best(gains: Mapping[int, float], margin: float) -> Bias:
    """What each token gains, if it is at most so far below the best one."""
    return Bias(
        np.fromiter(gains.keys(), np.int64),
        np.fromiter(gains.values(), np.float32),
        np.full(len(gains), margin, np.float32),
    )


def always(tokens: Iterable[int], nats: float) -> Bias:
    return near_best(dict.fromkeys(tokens, nats), np.inf)
