"""How far the estimates held, and what that teaches the next ones. Pure.

The model of the queue gives raw intervals, and knows neither how long a permit and a prompt take,
nor who comes later and goes first. What it lacks is measured on the last stories, as in conformal
prediction: the quantiles of what came, relative to what was expected, are the next factors.
"""

import math
from collections.abc import Sequence
from statistics import fmean

from shared.joblog import Estimated, Foretold
from shared.jobs import Eta
from shared.operations import Calibration

LEAST = 9
"""Stories that waited before the model is corrected: one of ten more waits beyond their longest."""


def calibration(outcomes: Sequence[Estimated]) -> Calibration | None:
    """How often stories began within their intervals; None while none was foretold."""
    if not outcomes:
        return None
    return Calibration(
        stories=len(outcomes),
        within_p50=round(fmean(each.seconds <= each.foretold.p50 for each in outcomes), 3),
        within_p90=round(fmean(each.seconds <= each.foretold.p90 for each in outcomes), 3),
    )


def foretold(raw: Eta, outcomes: Sequence[Estimated]) -> Foretold:
    """What to tell where the model expects this interval."""
    if raw.p90 == 0:  # a slot is free, and the model has nothing to say
        waits = [each.seconds for each in outcomes if each.foretold.raw_p90 == 0] or [0.0]
        return Foretold(raw.p50, raw.p90, quantile(waits, 0.5), quantile(waits, 0.9))
    queued = [each for each in outcomes if each.foretold.raw_p90 > 0]
    if len(queued) < LEAST:
        return Foretold(raw.p50, raw.p90, raw.p50, raw.p90)
    # One scale for both: the middle is small beside the spread where little is ahead.
    factors = [each.seconds / each.foretold.raw_p90 for each in queued]
    p50, p90 = (raw.p90 * quantile(factors, share) for share in (0.5, 0.9))
    return Foretold(raw.p50, raw.p90, p50, p90)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of these that a new one does not exceed with this chance, if all are alike."""
    ordered = sorted(values)
    return ordered[min(len(ordered), math.ceil(share * (len(ordered) + 1))) - 1]
