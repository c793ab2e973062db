"""Finds stop strings in a growing text and holds back what might be the beginning of one.

Knows nothing of tokens. The stop string that is complete first ends the text.
"""

from collections.abc import Sequence


class StopMatcher:
    """Feed it pieces of text; it answers with what may be shown."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stops)
        self._held = ""
        self.matched = False

    def push(self, text: str) -> str:
        """The text released by this piece. Once `matched`, nothing more is ever released."""
        if self.matched:
            return ""
        pending = self._held + text
        start = self._find(pending)
        if start is not None:
            self.matched = True
            self._held = ""
            return pending[:start]
        safe = len(pending) - self._undecided(pending)
        self._held = pending[safe:]
        return pending[:safe]

    def flush(self) -> str:
        """What is held back, because no more text will come."""
        held, self._held = self._held, ""
        return held

    def _find(self, pending: str) -> int | None:
        """Start of the stop string that ends first; of several ending there, the longest."""
        found = [
            (start + len(stop), start) for stop in self._stops if (start := pending.find(stop)) >= 0
        ]
        return min(found)[1] if found else None

    def _undecided(self, pending: str) -> int:
        """Length of the longest tail that is a beginning of some stop string."""
        return max((_overlap(pending, stop) for stop in self._stops), default=0)


def _overlap(text: str, stop: str) -> int:
    longest = min(len(text), len(stop) - 1)
    return next((n for n in range(longest, 0, -1) if text.endswith(stop[:n])), 0)
