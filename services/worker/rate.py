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
        self.full = 0.0
        """The same if its slots were in use in that window, else 0."""
        self._clock = clock
        self._start(0, 0)

    def count(self, tokens: int, *, slots: int) -> None:
        """After each step: how many it wrote, of how many it could have written."""
        elapsed = self._clock() - self._since
        if elapsed > 2 * RATE_WINDOW_SECONDS:  # it stood idle in between: not a measurement
            self._start(tokens, slots)
            self.full = 0.0
            return
        self._tokens += tokens
        self._possible += slots
        if elapsed >= RATE_WINDOW_SECONDS:
            self.value = self._tokens / elapsed
            self.full = self.value if self._tokens >= FULL * self._possible else 0.0
            self._start(0, 0)

    def _start(self, tokens: int, possible: int) -> None:
        self._tokens, self._possible, self._since = tokens, possible, self._clock()
