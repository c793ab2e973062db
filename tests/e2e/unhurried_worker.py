"""The worker, whose engine takes its time over each step, whatever the machine can do.

A model small enough for tests would end its longest story within a second: before a busy browser
has pressed Stop.
"""

import runpy
import time
from collections.abc import Iterator
from unittest import mock

from services.worker.engine import Engine, StepOutput

STEP_SECONDS = 0.005
"""A story of 700 tokens takes 3.5 s."""

_at_once = Engine.step_in_parts


def _in_time(engine: Engine, *, stories: int) -> Iterator[list[StepOutput]]:
    due = time.monotonic() + STEP_SECONDS
    yield from _at_once(engine, stories=stories)
    time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    with mock.patch.object(Engine, "step_in_parts", _in_time):
        runpy.run_module("services.worker", run_name="__main__")
