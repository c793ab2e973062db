"""Tells the second click of a double click from a wish of its own. Knows no Streamlit."""

import time
from dataclasses import dataclass

DOUBLE_CLICK_SECONDS = 1.0


@dataclass(slots=True)
class Shown:
    """Since when a page shows what a click led to (monotonic seconds).

    Until then, and for a moment more, another click comes from the page, and the address, before.
    """

    at: float | None = None

    def note(self) -> None:
        """At the end of a page's run, which a click that comes before cuts off."""
        if self.at is None:
            self.at = time.monotonic()

    @property
    def is_new(self) -> bool:
        return self.at is None or time.monotonic() - self.at < DOUBLE_CLICK_SECONDS
