"""The worker, whose engine takes its time over each step, whatever the machine can do.

A model small enough for tests would end its longest story within a second. What a test does in the
middle of a story may take a busy machine longer than any pace that suits the other tests: while
the file named by `SLOW_WHILE` exists, a long story lasts longer than a test may.
"""

import os
import runpy
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from services.worker.engine import Engine, StepOutput

STEP_SECONDS = 0.005
"""A story of 700 tokens takes 3.5 s."""

SLOW_STEP_SECONDS = 0.2
"""A story of 700 tokens takes 140 s."""

_at_once = Engine.step_in_parts


def _in_time(engine: Engine) -> Iterator[list[StepOutput]]:
    due = time.monotonic() + _step_seconds()
    yield from _at_once(engine)
    time.sleep(max(0.0, due - time.monotonic()))


def _step_seconds() -> float:
    is_slow = Path(os.environ["SLOW_WHILE"]).exists()
    return SLOW_STEP_SECONDS if is_slow else STEP_SECONDS


if __name__ == "__main__":
    with mock.patch.object(Engine, "step_in_parts", _in_time):
        runpy.run_module("services.worker", run_name="__main__")
