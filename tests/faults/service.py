"""`python -m tests.faults.service NAME`: a service with a clock or a pace of its own.

CLOCK_SHIFT: seconds that its clock is off. STEP_SECONDS: how long a worker rests before each step
of its engine, so that stories last while things break, on any machine.
"""

import os
import runpy
import sys
import time
from collections.abc import Iterator


def main() -> None:
    shift_clock(float(os.environ.get("CLOCK_SHIFT", "0")))
    service = sys.argv[1]
    if service == "worker":
        rest_between_steps(float(os.environ["STEP_SECONDS"]))
    sys.argv = sys.argv[1:]
    runpy.run_module(f"services.{service}", run_name="__main__", alter_sys=True)


def shift_clock(seconds: float) -> None:
    """Before anything is imported that may keep the right clock."""
    now, now_ns = time.time, time.time_ns
    time.time = lambda: now() + seconds
    time.time_ns = lambda: now_ns() + int(seconds * 1e9)


def rest_between_steps(seconds: float) -> None:
    from services.worker.engine import Engine, StepOutput

    step = Engine.step_in_parts

    def rested(engine: Engine) -> Iterator[list[StepOutput]]:
        time.sleep(seconds)
        return step(engine)

    Engine.step_in_parts = rested  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    main()
