"""How far the estimates held, and what that teaches the next ones. Pure.

The model of the queue gives raw intervals, and knows neither how long a permit and a prompt take,
nor who comes later and goes first. What it lacks is learnt from the last stories: their waits move
the next ends to where in the raw intervals they came to lie. Between a slot and the first token
passes as much time as it did for those that found a slot free.
"""

import math
from collections.abc import Callable, Sequence
from statistics import fmean

from shared.joblog import Estimated, Foretold
from shared.jobs import Eta
from shared.operations import Calibration

Z90 = 1.2816
"""90 % of a normal distribution lies below mean + Z90 standard deviations."""
NEAREST = 40
"""Stories with a free slot that a new one is compared with."""
MIDDLE_STEP, END_STEP = 0.01, 0.025
"""Of a raw interval, by which one wait moves the middle and the end: about the end of a normal
distribution waits lie less than half as densely as about its middle. A rush is one experience,
though of sixty waits: simulated with steps of 0.04, intervals of 90 % held 81 to 86 % where each
rush had its own pace, and the middle followed the last rush, from which the pace is known, too."""
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


def foretold(
    raw: Eta, outcomes: Sequence[Estimated], *, before: int, fastest: float = 0.0
) -> Foretold:
    """What to tell where the model expects this interval, and so many come before.

    `outcomes`: the newest first. `fastest`: seconds that the fastest first token took so far, or 0.
    """
    fastest = max(SHORTEST, fastest) if fastest else 0.0
    begun = [each for each in outcomes if each.foretold.raw_p90 == 0]
    alike = nearest(begun, lambda past: abs(past.before - before))
    starts = [max(SHORTEST, each.seconds) for each in alike] or [fastest]
    start_p50, start_p90 = (quantile(starts, share) for share in (0.5, 0.9))
    if raw.p90 == 0:  # a slot is free, and the model has nothing to say
        if not begun:  # at worst the prompts of those before are read one after the other
            start_p90 = fastest * (1 + before)
        return Foretold(before, 0.0, 0.0, start_p50, start_p90)
    raw_p50, raw_p90 = raw.p50 + start_p50, raw.p90 + start_p90
    queued = [_within(each) for each in reversed(outcomes) if _is_interval(each.foretold)]
    p50, p90 = (
        raw_p50 * (raw_p90 / raw_p50) ** learnt(end, queued, share=share, step=step)
        for end, share, step in ((0.0, 0.5, MIDDLE_STEP), (1.0, 0.9, END_STEP))
    )
    return Foretold(before, raw_p50, raw_p90, p50, max(p50, p90))


def learnt(end: float, waits: Sequence[float], *, share: float, step: float) -> float:
    """Where to put this end of a raw interval so that this share of waits comes no later.

    `waits`: where they lay, the oldest first. Each that is later moves the end up, each other one
    down, so that they balance at the share: the quantile by stochastic gradient descent. How far
    off a wait was does not matter, and no end goes further than a step beyond those that moved it.
    """
    for wait in waits:
        end += step * (share - (wait <= end))
    return end


def _is_interval(told: Foretold) -> bool:
    """Not of a free slot, nor made of what a clock that was set back has told."""
    return 0 < told.raw_p50 < told.raw_p90


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
