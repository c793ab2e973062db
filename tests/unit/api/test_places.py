"""How long a job will wait, from what has been measured."""

import math

import pytest

from services.api.places import Z90, estimate, time_to_end
from shared.joblog import Standing, Statistics
from shared.operations import WorkerInfo

MEASURED = Statistics(stories=4, tokens=400, tokens_squared=50_000)  # mean 100, deviation 50
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
        # The slot's story is anywhere in its turn of 20 tokens: in the middle half the way.
        (Standing(0, 0, 20), [worker()], 1, 20 / 50 / 2),
        (Standing(2, 200, 20), [worker()], 1, 200 / 50 + 20 / 50 / 2),
        # One of four is at its end sooner, and each of them writes at a fourth of the rate.
        (Standing(0, 0, 20), [worker(slots=4)], 4, 4 * 20 / 50 * (1 - 0.5**0.25)),
        # Two slots are free: the third in line waits for one of the others.
        (Standing(2, 200, 100), [worker(slots=4)], 2, 8 * (1 - 0.5**0.25)),
        (Standing(4, 400, 100), [worker(slots=4)], 2, 4 + 8 * (1 - 0.5**0.25)),
        (Standing(1, 100, 100), [worker(), worker(rate=150)], 2, 0.5 + (1 - 0.5**0.5)),
    ],
)
def test_wait_is_for_what_goes_before_and_then_for_a_slot(
    standing: Standing, workers: list[WorkerInfo], running: int, seconds: float
) -> None:
    eta = estimate(standing, workers, MEASURED, running=running)
    assert eta is not None
    assert eta.p50 == pytest.approx(seconds)
    assert eta.p90 > eta.p50


def test_spreads_of_lengths_and_of_the_turn_add_up_as_squares() -> None:
    eta = estimate(Standing(4, 400, 20), [worker()], MEASURED, running=1)
    assert eta is not None
    lengths, turn = Z90 * math.sqrt(4) * 50 / 50, (0.9 - 0.5) * 20 / 50
    assert eta.p90 - eta.p50 == pytest.approx(math.hypot(lengths, turn))


def test_job_with_a_free_slot_begins_at_once() -> None:
    for position, running in ((0, 0), (0, 3), (1, 2), (3, 0)):
        standing = Standing(position, 100 * position, 20)
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
    assert estimate(Standing(0, 0, 1), workers, statistics, running=0) is None
    assert time_to_end(1, workers, statistics) is None
