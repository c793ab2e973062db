"""How long a job will wait, from what has been measured."""

import math

import pytest

from services.api.places import Z90, estimate
from shared.joblog import Statistics
from shared.operations import WorkerInfo

MEASURED = Statistics(stories=4, tokens=400, tokens_squared=50_000)  # mean 100, deviation 50


def worker(*, slots: int = 1, running: int = 1, rate: float = 50.0) -> WorkerInfo:
    return WorkerInfo(
        id="w",
        model="m",
        model_sha256="",
        numeric_kind="",
        context_length=8,
        slots=slots,
        running=running,
        tokens_per_second=rate,
    )


@pytest.mark.parametrize(
    ("position", "workers", "ahead", "rate"),
    [
        (0, [worker()], 1, 50),
        (2, [worker()], 3, 50),
        (0, [worker(slots=4, running=3)], 0, 50),
        (3, [worker(slots=4, running=2)], 2, 50),
        (1, [worker(), worker(rate=150)], 2, 200),
        (0, [worker(slots=1, running=2)], 1, 50),
    ],
)
def test_wait_is_that_of_the_stories_that_must_end_first(
    position: int, workers: list[WorkerInfo], ahead: int, rate: float
) -> None:
    eta = estimate(position, workers, MEASURED)
    assert eta is not None
    assert eta.p50 == pytest.approx(ahead * 100 / rate)
    assert eta.p90 == pytest.approx(eta.p50 + Z90 * math.sqrt(ahead) * 50 / rate, abs=1e-3)


@pytest.mark.parametrize(
    ("workers", "statistics"),
    [
        ([], MEASURED),
        ([worker(rate=0)], MEASURED),
        ([worker()], Statistics(stories=0, tokens=0, tokens_squared=0)),
    ],
)
def test_nothing_is_promised_while_nothing_is_measured(
    workers: list[WorkerInfo], statistics: Statistics
) -> None:
    assert estimate(0, workers, statistics) is None
