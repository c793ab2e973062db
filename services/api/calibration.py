"""How far the estimates held, and what that teaches the next ones. Pure.

The model of the queue gives raw intervals, and knows neither how long a permit and a prompt take,
nor who comes later and goes first. What it lacks is measured on the last stories, as in conformal
prediction: the quantiles of what came, relative to what was expected, are the next factors. Those
count that were the most like the next one, so that a rush does not spoil what is told in quiet.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from statistics import fmean

from shared.joblog import Estimated, Foretold
from shared.jobs import Eta
from shared.operations import Calibration

NEAREST = 40
"""Stories that a new one is compared with."""
FAR_OFF = 2.0
"""Estimates at rates that differ by this factor are not compared."""
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


def foretold(raw: Eta, outcomes: Sequence[Estimated], *, before: int, rate: float) -> Foretold:
    """What to tell where the model expects this interval at this rate, and so many come before."""
    told = partial(Foretold, before, rate, raw.p50, raw.p90)
    if raw.p90 == 0:  # a slot is free, and the model has nothing to say
        begun = [each for each in outcomes if each.foretold.raw_p90 == 0]
        alike = nearest(begun, lambda past: abs(past.before - before))
        waits = [each.seconds for each in alike] or [0.0]
        return told(quantile(waits, 0.5), quantile(waits, 0.9))
    # Before all slots were in use for once nobody knew how fast they are: that teaches nothing.
    queued = [
        each
        for each in outcomes
        if each.foretold.raw_p90 > 0 and 1 / FAR_OFF < each.foretold.rate / rate < FAR_OFF
    ]
    if len(queued) < LEAST:
        return told(raw.p50, raw.p90)
    alike = nearest(queued, lambda past: abs(math.log(past.raw_p90 / raw.p90)))
    # One scale for both: the middle is small beside the spread where little is ahead.
    factors = [each.seconds / each.foretold.raw_p90 for each in alike]
    p50, p90 = (raw.p90 * quantile(factors, share) for share in (0.5, 0.9))
    # Waits that were shorter than foretold shorten nothing: most often less was known then.
    return told(max(raw.p50, p50), max(raw.p90, p90))


def nearest(
    outcomes: Sequence[Estimated], distance: Callable[[Foretold], float]
) -> list[Estimated]:
    """Those at the smallest distance, the newer ones first among equals."""
    return sorted(outcomes, key=lambda each: distance(each.foretold))[:NEAREST]


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of these that a new one does not exceed with this chance, if all are alike."""
    ordered = sorted(values)
    return ordered[min(len(ordered), math.ceil(share * (len(ordered) + 1))) - 1]
