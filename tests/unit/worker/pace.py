"""An engine that takes as many steps as a test allows."""

import threading

from services.worker.engine import Engine


class Pace:
    """Lets an engine take as many steps as the test allows, and no more."""

    def __init__(self) -> None:
        self._steps = threading.Semaphore(0)

    def allow(self, steps: int) -> None:
        self._steps.release(steps)

    def hold_back(self, engine: Engine) -> Engine:
        step = engine.step
        engine.step = lambda: step() if self._steps.acquire(timeout=0.01) else []  # type: ignore[method-assign]
        return engine
