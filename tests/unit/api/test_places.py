"""How long a job will wait, from what has been measured."""

import math
from dataclasses import replace

import pytest

from services.api.places import Z90, estimate, time_to_end
from shared.joblog import Standing, Statistics
from shared.operations import WorkerInfo

MEASURED = Statistics(  # mean 100, deviation 50; half of the budget, give or take a fourth of it
    stories=4, tokens=400, tokens_squared=50_000, sized=4, shares=2_000, shares_squared=1_250_000
)
UNMEASURED = Statistics(stories=0, tokens=0, tokens_squared=0)


def worker(*, slots: int = 1, rate: float = 50.0) -> WorkerInfo:
    return WorkerInfo(
        id="w",
        model="m",
        model_sha256="",
        numeric_kind="",
        context_length=8,
        slots=slots,
        running=0,
        tokens_per_second=rate,
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
        (Standing(1, 100, [100, 100]), [worker(), worker(rate=150)], 2, 2 * 100 / 200),
        # Of four that run two are known.
        (Standing(4, 400, [20, 40]), [worker(slots=4)], 4, 4 * 120 / 50),
    ],
)
def test_job_waits_until_enough_of_those_before_it_have_ended(
    standing: Standing, workers: list[WorkerInfo], running: int, seconds: float
) -> None:
    eta = estimate(standing, workers, MEASURED, running=running)
    assert eta is not None
    assert eta.p50 == pytest.approx(seconds)
    assert eta.p90 > eta.p50


def test_spread_of_many_lengths_is_smaller_and_that_of_their_mean_stays() -> None:
    def spread(position: int) -> float:
        standing = Standing(position, 100 * position, [20])
        eta = estimate(standing, [worker()], MEASURED, running=1)
        assert eta is not None
        return eta.p90 / eta.p50 - 1

    # Four stories with a variance of 1/16, and as if one more had used nothing and one all.
    deviation = math.sqrt((4 / 16 + 2 / 4) / 6) / 0.5
    assert spread(3) == pytest.approx(Z90 * deviation * math.sqrt(1 / 4 + 1 / 6))
    assert spread(10_000) == pytest.approx(Z90 * deviation * math.sqrt(1 / 6), rel=1e-3)


def test_interval_is_wide_while_little_is_known() -> None:
    """All stories so far used their whole budget; of three that says less than of a hundred."""

    def spread(stories: int) -> float:
        known = Statistics(
            stories, 16 * stories, 256 * stories, stories, 1000 * stories, 10**6 * stories
        )
        eta = estimate(Standing(20, 320, [16]), [worker()], known, running=1)
        assert eta is not None
        return eta.p90 / eta.p50 - 1

    assert spread(3) > 0.18
    assert spread(100) < 0.05
    of_a_version_before = Statistics(stories=4, tokens=400, tokens_squared=50_000)
    eta = estimate(Standing(20, 320, [16]), [worker()], of_a_version_before, running=1)
    assert eta is not None
    assert eta.p90 > 1.5 * eta.p50


def test_workers_write_as_fast_as_when_all_their_slots_were_in_use() -> None:
    known = replace(MEASURED, pace=25.0)
    idling = [worker(slots=2, rate=10), worker(slots=2, rate=0)]
    eta = estimate(Standing(4, 400, []), idling, known, running=0)
    assert eta is not None
    assert eta.p50 == pytest.approx(100 / 25)
    later = time_to_end(4, idling, known)
    assert later is not None
    assert later.p50 == pytest.approx(400 / 100)


def test_job_with_a_free_slot_begins_at_once() -> None:
    for position, running in ((0, 0), (0, 3), (1, 2), (3, 0)):
        standing = Standing(position, 100 * position, [20] * running)
        eta = estimate(standing, [worker(slots=4)], MEASURED, running=running)
        assert eta is not None
        assert (eta.p50, eta.p90) == (0, 0)


def test_stories_end_at_the_workers_rate() -> None:
    eta = time_to_end(3, [worker(), worker(rate=150)], MEASURED)
    assert eta is not None
    assert eta.p50 == pytest.approx(3 * 100 / 200)
    assert eta.p90 == pytest.approx(eta.p50 + Z90 * math.sqrt(3) * 50 / 200, abs=1e-3)


@pytest.mark.parametrize(
    ("workers", "statistics"),
    [([], MEASURED), ([worker(rate=0)], MEASURED), ([worker()], UNMEASURED)],
)
def test_nothing_is_promised_while_nothing_is_measured(
    workers: list[WorkerInfo], statistics: Statistics
) -> None:
    assert estimate(Standing(0, 0, []), workers, statistics, running=0) is None
    assert time_to_end(1, workers, statistics) is None
