"""Loops of the API outlive whatever goes wrong in one of their rounds."""

import time

import anyio
import pytest
from structlog.testing import capture_logs

from services.api.rounds import repeat, until_next
from shared.errors import StoreUnavailableError


@pytest.mark.parametrize(
    ("error", "event", "level"),
    [
        (StoreUnavailableError("It is away."), "work waits", "warning"),
        (ValueError("'banana' is no status"), "work failed", "error"),
    ],
)
async def test_round_that_fails_is_logged_and_not_the_last(
    error: Exception, event: str, level: str
) -> None:
    closing = anyio.Event()
    rounds = 0

    async def work() -> float:
        nonlocal rounds
        rounds += 1
        if rounds <= 2:
            raise error
        closing.set()
        return 0.0

    with capture_logs() as logs, anyio.fail_after(5):
        await repeat(work, closing)
    assert rounds == 3
    assert [(each["event"], each["log_level"]) for each in logs] == [(event, level)] * 2


async def test_loops_are_ended_by_being_cancelled() -> None:
    async def work() -> float:
        return 60.0

    with anyio.move_on_after(0.05) as scope:
        await repeat(work, anyio.Event())
    assert scope.cancelled_caught


@pytest.mark.parametrize(("period", "now", "pause"), [(1.0, 7.25, 0.75), (2.0, 7.25, 0.75)])
def test_rounds_of_a_process_come_at_the_same_time(
    period: float, now: float, pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert until_next(period) == pause
    assert until_next(0.0) == 0.0, "there is more to do"
