"""How long a job will wait, from what has been measured."""

import math
from dataclasses import replace

import pytest

from services.api.calibration import Z90
from services.api.places import PACE_DEVIATION, TRIAL_DEVIATION, estimate, time_to_end
from shared.joblog import Standing, Statistics
from shared.operations import WorkerInfo

RATE = 50.0
"""Tokens a second of a worker that is alone; each of its slots writes at an equal part of it."""
MEASURED = Statistics(  # half of the budget, give or take a fourth of it
    stories=4, sized=4, shares=2_000, shares_squared=1_250_000, paces=100, pace=RATE
)
ALL_ALIKE = Statistics(
    stories=100, sized=100, shares=100_000, shares_squared=100 * 10**6, paces=100, pace=RATE
)
UNMEASURED = Statistics(stories=0)
SURE = math.hypot(PACE_DEVIATION, TRIAL_DEVIATION / 100)
"""How far the pace may be off at the least."""


def worker(*, slots: int = 1) -> WorkerInfo:
    return WorkerInfo(
        id="w",
        model="m",
        model_sha256="",
        numeric_kind="",
        context_length=8,
        slots=slots,
        running=0,
        tokens_per_second=0,
    )


@pytest.mark.parametrize(
    ("standing", "workers", "running", "seconds"),
    [
        # The one slot's story writes 20 more, and then those before it.
        (Standing(0, 0, [20]), [worker()], 1, 20 / 50),
        (Standing(2, 200, [20]), [worker()], 1, 220 / 50),
        # The first of four to end makes room, and each of them writes at a fourth of the rate.
        (Standing(0, 0, [50, 20, 30, 40]), [worker(slots=4)], 4, 4 * 20 / 50),
        (Standing(1, 100, [50, 20, 30, 40]), [worker(slots=4)], 4, 4 * 30 / 50),
        # Who begins in the meantime may end before one that runs.
        (Standing(5, 500, [50, 20, 30, 400]), [worker(slots=4)], 4, 4 * 150 / 50),
        # Two slots are free: the third in line waits for those that have just begun, too.
        (Standing(2, 20, [100, 100]), [worker(slots=4)], 2, 4 * 10 / 50),
        (Standing(2, 400, [100, 100]), [worker(slots=4)], 2, 4 * 100 / 50),
        # All are: whoever comes together in a rush waits for whole stories.
        (Standing(4, 400, []), [worker(slots=4)], 0, 4 * 100 / 50),
        (Standing(8, 800, []), [worker(slots=4)], 0, 4 * 200 / 50),
        (Standing(1, 100, [100, 100]), [worker(), worker()], 2, 4 * 100 / 200),
        # Of four that run two are known.
        (Standing(4, 400, [20, 40]), [worker(slots=4)], 4, 120 * 4 / 50),
    ],
)
def test_job_waits_until_enough_of_those_before_it_have_ended(
    standing: Standing, workers: list[WorkerInfo], running: int, seconds: float
) -> None:
    slots = sum(each.slots for each in workers)
    statistics = replace(MEASURED, pace=RATE * len(workers) / slots)
    eta = estimate(standing, workers, statistics, running=running)
    assert eta is not None
    assert eta.p50 == pytest.approx(seconds)
    assert eta.p90 > eta.p50


def spread(statistics: Statistics, position: int = 3) -> float:
    """The deviation that the interval of a job behind so many tells of."""
    eta = estimate(Standing(position, 100 * position, [20]), [worker()], statistics, running=1)
    assert eta is not None
    return math.log(eta.p90 / eta.p50) / Z90


def test_spread_of_many_lengths_is_smaller_and_that_of_their_mean_stays() -> None:
    # Four stories with a variance of 1/16, and as if one more had used nothing and one all.
    deviation = math.sqrt((4 / 16 + 2 / 4) / 6) / 0.5

    def of_ratio(relative: float) -> float:
        return math.hypot(SURE, math.sqrt(math.log(1 + relative**2)))

    few = of_ratio(deviation * math.sqrt(1 / 4 + 1 / 6))
    assert spread(MEASURED, 3) == pytest.approx(few)
    many = of_ratio(deviation * math.sqrt(1 / 6))
    assert spread(MEASURED, 10_000) == pytest.approx(many, rel=1e-3)


def test_spread_of_the_pace_is_in_every_wait_however_long() -> None:
    for position in (1, 100, 10_000):
        assert math.exp(Z90 * spread(ALL_ALIKE, position)) == pytest.approx(1.8, abs=0.1)


def test_interval_is_wide_while_little_is_known() -> None:
    """All stories so far used their whole budget; of three that says less than of a hundred."""
    three = replace(ALL_ALIKE, stories=3, sized=3, shares=3_000, shares_squared=3 * 10**6)
    assert spread(three) > spread(ALL_ALIKE) + 0.03
    of_a_version_before = Statistics(stories=4, paces=100, pace=RATE)
    assert spread(of_a_version_before) > spread(three)
    tried, soon, later = (replace(ALL_ALIKE, paces=paces) for paces in (1, 2, 10))
    assert math.exp(Z90 * spread(tried)) == pytest.approx(3, abs=0.1)
    assert spread(tried) > spread(soon) + 0.2 > spread(later) + 0.2


def test_workers_write_as_fast_as_when_all_their_slots_were_in_use() -> None:
    idling = [worker(slots=2), worker(slots=2)]
    eta = estimate(Standing(4, 400, []), idling, replace(MEASURED, pace=25.0), running=0)
    assert eta is not None
    assert eta.p50 == pytest.approx(100 / 25)


def test_job_with_a_free_slot_begins_at_once() -> None:
    for position, running in ((0, 0), (0, 3), (1, 2), (3, 0)):
        standing = Standing(position, 100 * position, [20] * running)
        eta = estimate(standing, [worker(slots=4)], MEASURED, running=running)
        assert eta is not None
        assert (eta.p50, eta.p90) == (0, 0)


@pytest.mark.parametrize(
    ("stories", "standing", "tokens"),
    [
        (1, Standing(0, 0, [30, 20]), 20),
        (2, Standing(0, 0, [30, 20]), 30),
        # Each that ends is followed by one of those that wait, though they may be long.
        (2, Standing(5, 500, [30, 20]), 30),
        (3, Standing(5, 500, [30, 20]), 120),
        (3, Standing(5, 25, [30, 20]), 30),
        # All have yet to begin.
        (1, Standing(5, 500, []), 100),
        (3, Standing(5, 500, []), 200),
    ],
)
def test_stories_end_with_what_is_left_of_them(
    stories: int, standing: Standing, tokens: int
) -> None:
    eta = time_to_end(stories, standing, [worker(slots=2)], MEASURED)
    assert eta is not None
    assert eta.p50 == pytest.approx(tokens / RATE)
    assert eta.p90 > eta.p50


@pytest.mark.parametrize(
    ("workers", "statistics"),
    [([], MEASURED), ([worker()], replace(MEASURED, pace=0)), ([worker()], UNMEASURED)],
)
def test_nothing_is_promised_while_nothing_is_measured(
    workers: list[WorkerInfo], statistics: Statistics
) -> None:
    assert estimate(Standing(0, 0, []), workers, statistics, running=0) is None
    assert time_to_end(1, Standing(0, 0, [20]), workers, statistics) is None
