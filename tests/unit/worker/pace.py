"""An engine that takes as many steps as a test allows."""

import threading
from collections.abc import Iterator

from services.worker.engine import Engine, StepOutput


class Pace:
    """Lets an engine take as many steps as the test allows, and no more."""

    def __init__(self) -> None:
        self._steps = threading.Semaphore(0)

    def allow(self, steps: int) -> None:
        self._steps.release(steps)

    def hold_back(self, engine: Engine) -> Engine:
        step = engine.step_in_parts

        def allowed() -> Iterator[list[StepOutput]]:
            return step() if self._steps.acquire(timeout=0.01) else iter(())

        engine.step_in_parts = allowed  # type: ignore[method-assign]
        return engine
