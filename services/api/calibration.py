"""How far the estimates held, and what that teaches the next ones. Pure.

The model of the queue gives raw intervals, and knows neither how long a permit and a prompt take,
nor who comes later and goes first. What it lacks is measured on the last stories, as in conformal
prediction: the quantiles of where in their raw intervals waits came to lie are the next ends.
Between a slot and the first token passes as much time as it did for those that found a slot free.
"""

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist, fmean

from shared.joblog import Estimated, Foretold
from shared.joblog.measures import FIRST_TOKENS_KEPT
from shared.jobs import Eta
from shared.operations import Calibration

Z90 = 1.2816
"""90 % of a normal distribution lies below mean + Z90 standard deviations."""
NEAREST = 40
"""Stories with a free slot that a new one is compared with."""
EXPECTED = tuple(
    NormalDist().inv_cdf((place + 0.5) / FIRST_TOKENS_KEPT) / Z90
    for place in range(FIRST_TOKENS_KEPT)
)
"""Where the model itself expects as many waits as are kept, as `_within` says it. They count beside
those that came: these say little of the next ones while they are few, or all of some rushes, each
of which is right or wrong as a whole."""
SHORTEST = 0.001
"""Seconds: by a clock that was set back a wait may have been none at all."""


def calibration(outcomes: Sequence[Estimated]) -> Calibration | None:
    """How often stories began within their intervals; None while none was foretold."""
    if not outcomes:
        return None
    return Calibration(
        stories=len(outcomes),
        within_p50=round(fmean(each.seconds <= each.foretold.p50 for each in outcomes), 3),
        within_p90=round(fmean(each.seconds <= each.foretold.p90 for each in outcomes), 3),
    )


def foretold(raw: Eta, outcomes: Sequence[Estimated], *, before: int) -> Foretold:
    """What to tell where the model expects this interval, and so many come before."""
    begun = [each for each in outcomes if each.foretold.raw_p90 == 0]
    alike = nearest(begun, lambda past: abs(past.before - before))
    starts = [each.seconds for each in alike] or [0.0]
    start_p50, start_p90 = (quantile(starts, share) for share in (0.5, 0.9))
    if raw.p90 == 0:  # a slot is free, and the model has nothing to say
        return Foretold(before, 0.0, 0.0, start_p50, start_p90)
    raw_p50, raw_p90 = raw.p50 + start_p50, raw.p90 + start_p90
    queued = [each for each in outcomes if each.foretold.raw_p90 > 0]
    places = [_within(each) for each in queued] + list(EXPECTED)
    early_p50 = [each.seconds <= each.foretold.p50 for each in queued]
    early_p90 = [each.seconds <= each.foretold.p90 for each in queued]
    p50, p90 = (
        raw_p50 * (raw_p90 / raw_p50) ** quantile(places, _aim(share, early))
        for share, early in ((0.5, early_p50), (0.9, early_p90))
    )
    return Foretold(before, raw_p50, raw_p90, p50, max(p50, p90))


def _aim(share: float, early: Sequence[bool]) -> float:
    """The quantile to tell so that this share comes no later, as far as the last ones did not.

    As in adaptive conformal inference (Gibbs & Candès 2021): by as much as it was missed beyond it,
    but at most half the way to never or always.
    """
    missed = sum(share - each for each in early) / FIRST_TOKENS_KEPT
    return min(max(share + missed, share / 2), (1 + share) / 2)


def _within(outcome: Estimated) -> float:
    """Where a wait came to lie in its raw interval: 0 at the middle and 1 at the end, by ratio."""
    p50, p90 = outcome.foretold.raw_p50, outcome.foretold.raw_p90
    return math.log(max(outcome.seconds, SHORTEST) / p50) / math.log(p90 / p50)


def nearest(
    outcomes: Sequence[Estimated], distance: Callable[[Foretold], float]
) -> list[Estimated]:
    """Those at the smallest distance, the newer ones first among equals."""
    return sorted(outcomes, key=lambda each: distance(each.foretold))[:NEAREST]


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of these that a new one does not exceed with this chance, if all are alike."""
    ordered = sorted(values)
    return ordered[min(len(ordered), math.ceil(share * (len(ordered) + 1))) - 1]
