"""How fast a worker writes while it has something to write."""

import time
from collections.abc import Callable
from dataclasses import dataclass

RATE_WINDOW_SECONDS = 1.0
PAUSE_SECONDS = 2.0
"""After so long without a step, what was written before says nothing about now."""
FULL = 0.75
"""Of what could be written: while slots are in use, new stories are read in some of the steps."""


@dataclass(slots=True)
class _Window:
    seconds: float = 0.0
    """In which there was work."""
    tokens: int = 0
    possible: int = 0


class Rate:
    """Tokens a second over the last busy seconds; 0 until a window is full or a story has ended."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.value = 0.0
        self._full = 0.0
        self._clock = clock
        self._counted_until = clock()
        self._rests = True
        self._before, self._window = _Window(), _Window()

    def count(self, tokens: int, *, slots: int, began: float) -> None:
        """After each step: how many it wrote, of how many it could have written.

        What lies between two steps is work, too, unless there was a rest.
        """
        now = self._clock()
        if now - self._counted_until > PAUSE_SECONDS:  # Without a rest, it waited for Redis.
            self._before, self._window = _Window(), _Window()
            self._rests = True
        window = self._window
        window.seconds += now - (began if self._rests else self._counted_until)
        window.tokens += tokens
        window.possible += slots
        self._rests, self._counted_until = False, now
        if window.seconds >= RATE_WINDOW_SECONDS:
            self.value = window.tokens / window.seconds
            if window.tokens >= FULL * window.possible:
                self.note_full(self.value)
            self._before, self._window = window, _Window()

    def rest(self) -> None:
        """There is nothing to write: until the next step begins, no time counts."""
        seconds = self._before.seconds + self._window.seconds
        if not self._rests and seconds:
            # With the window before, as this one may have no more than a story's last step.
            self.value = (self._before.tokens + self._window.tokens) / seconds
        self._rests = True

    def note_full(self, rate: float) -> None:
        """What was measured while its slots were in use."""
        self._full = rate

    def take_full(self) -> float:
        """The last such measurement, each only once; 0 if there is none since."""
        full, self._full = self._full, 0.0
        return full
