"""How fast a worker writes."""

import time
from collections.abc import Callable

RATE_WINDOW_SECONDS = 1.0
FULL = 0.75
"""Of what could be written: while slots are in use, new stories are read in some of the steps."""


class Rate:
    """Tokens a second over the last busy window; 0 until the first window is full."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.value = 0.0
        self._full = 0.0
        self._clock = clock
        self._start(0, 0)

    def count(self, tokens: int, *, slots: int) -> None:
        """After each step: how many it wrote, of how many it could have written."""
        elapsed = self._clock() - self._since
        if elapsed > 2 * RATE_WINDOW_SECONDS:  # it stood idle in between: not a measurement
            self._start(tokens, slots)
            return
        self._tokens += tokens
        self._possible += slots
        if elapsed >= RATE_WINDOW_SECONDS:
            self.value = self._tokens / elapsed
            if self._tokens >= FULL * self._possible:
                self.note_full(self.value)
            self._start(0, 0)

    def note_full(self, rate: float) -> None:
        """What was measured while its slots were in use."""
        self._full = rate

    def take_full(self) -> float:
        """The last such measurement, each only once; 0 if there is none since."""
        full, self._full = self._full, 0.0
        return full

    def _start(self, tokens: int, possible: int) -> None:
        self._tokens, self._possible, self._since = tokens, possible, self._clock()
