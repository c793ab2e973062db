"""A slot that has become free is used at once."""

from typing import Any

from tests.integration.conftest import finished, request, submit
from tests.stack import Stack

TRIES = 10
SECONDS = 0.4
"""Celery's loop sleeps for up to 1 s: by chance all tries but one would be in time once in 600. One
may be late, as on a machine that stands still for a moment."""


def test_story_that_comes_just_after_a_full_worker_is_taken_up_at_once(stack: Stack) -> None:
    stack.add_worker("only", SLOTS="1")
    waits = []
    for number in range(TRIES):
        finished(stack, [submit(stack, request(number, tokens=20 + 7 * number))])
        [told] = finished(stack, [submit(stack, request(number, tokens=5))])
        waits.append(_wait(told))
    assert sorted(waits)[-2] < SECONDS, waits
    stack.terminate("only")


def _wait(told: dict[str, Any]) -> float:
    return float(told["started_at"] - told["created_at"])
