"""Bootstrap intervals: percentile method (Efron 1979), 95 %, from a fixed seed."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pydantic import Field

from shared.contract import Contract

RESAMPLES = 2_000
LEVEL = 95.0


class Interval(Contract):
    """An estimate and its 95 % interval over `n` texts."""

    value: float
    low: float
    high: float
    n: int = Field(ge=1)


def mean_interval(values: Sequence[float], *, seed: int = 0) -> Interval:
    """Of the mean. Raises ValueError when there is nothing to take it of."""
    return ratio_interval(values, [1.0] * len(values), seed=seed)


def ratio_interval(parts: Sequence[float], wholes: Sequence[float], *, seed: int = 0) -> Interval:
    """Of `sum(parts) / sum(wholes)`, where each text brings one of either (bits and bytes, say)."""
    if not parts:
        raise ValueError("an interval needs at least one value")
    above, below = np.asarray(parts, float), np.asarray(wholes, float)
    draws = np.random.default_rng(seed).integers(0, len(above), (RESAMPLES, len(above)))
    low, high = _percentiles(above[draws].sum(axis=1) / below[draws].sum(axis=1))
    value = float(above.sum() / below.sum())
    return Interval(value=value, low=low, high=high, n=len(above))


def difference_interval(
    ours: Sequence[float], theirs: Sequence[float], *, seed: int = 0
) -> Interval:
    """Of the mean of paired differences, `ours - theirs`."""
    return mean_interval([a - b for a, b in zip(ours, theirs, strict=True)], seed=seed)


def _percentiles(estimates: npt.NDArray[np.float64]) -> tuple[float, float]:
    tail = (100 - LEVEL) / 2
    low, high = np.percentile(estimates, [tail, 100 - tail])
    return float(low), float(high)
