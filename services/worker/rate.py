"""How fast a worker writes."""

import time

RATE_WINDOW_SECONDS = 1.0


class Rate:
    """Tokens a second over the last busy window; 0 until the first window is full."""

    def __init__(self) -> None:
        self.value = 0.0
        self._tokens = 0
        self._since = time.monotonic()

    def count(self, tokens: int) -> None:
        now = time.monotonic()
        elapsed = now - self._since
        if elapsed > 2 * RATE_WINDOW_SECONDS:  # it stood idle in between: not a measurement
            self._tokens, self._since = tokens, now
            return
        self._tokens += tokens
        if elapsed >= RATE_WINDOW_SECONDS:
            self.value = self._tokens / elapsed
            self._tokens, self._since = 0, now
