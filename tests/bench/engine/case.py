"""What an engine is asked to do, and how its pace is taken. Knows no engine."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tests.bench.findings import case_of

CHURN_LENGTHS = (16, 96, 32, 64, 48)
"""Tokens of the stories in turn, so that some leave while others stay."""


@dataclass(frozen=True, slots=True)
class Case:
    """`steady`: so many streams side by side; `churn`: twice as many, one in as one leaves."""

    kind: Literal["steady", "churn"]
    streams: int
    prompt: int
    """Tokens of each prompt."""
    tokens: int
    """To be written by each stream of a steady case."""
    seconds: float
    """After which a steady case is broken off."""

    @property
    def name(self) -> str:
        streams = case_of(self.streams)
        return f"{streams}, churn" if self.kind == "churn" else f"{streams}, {self.prompt}"

    @property
    def lengths(self) -> list[int]:
        """Tokens of every story of a churn."""
        return [CHURN_LENGTHS[i % len(CHURN_LENGTHS)] for i in range(2 * self.streams)]

    @property
    def stories(self) -> int:
        return len(self.lengths) if self.kind == "churn" else self.streams

    def question(self) -> dict[str, Any]:
        return asdict(self)


class Pace:
    """Of streams side by side: from the first token of the last one on, until one has so many more.

    Who reads prompts one after the other has streams that are ahead by then; they just go on.
    """

    def __init__(self, streams: int, *, tokens: int, seconds: float) -> None:
        self._waiting = set(range(streams))
        self._counts = [0] * streams
        self._tokens = tokens
        self._seconds = seconds
        self._began = time.perf_counter()
        self._all_write: float | None = None
        self._last = 0.0
        self._over = False

    def tick(self, streams: Iterable[int]) -> None:
        """Each of these has written one more token."""
        if self._over:
            return
        now = time.perf_counter()
        if self._all_write is None:
            self._waiting.difference_update(streams)
            if not self._waiting:
                self._all_write = now
            return
        for stream in streams:
            self._counts[stream] += 1
        self._last = now
        late = now - self._all_write > self._seconds
        self._over = late or max(self._counts) >= self._tokens

    def close(self) -> None:
        """A stream has ended: what comes now is no longer all of them."""
        self._over = True

    @property
    def over(self) -> bool:
        """Whether enough was seen."""
        return self._over

    def sample(self) -> dict[str, float]:
        """Raises RuntimeError if it was not long enough to take a pace."""
        counted = sum(self._counts)
        if self._all_write is None or not counted:
            raise RuntimeError("too few tokens to take a pace")
        return {
            "tokens/s": counted / (self._last - self._all_write),
            "prefill, ms": 1000 * (self._all_write - self._began),
        }


def useful_rate(lengths: Sequence[int], seconds: float) -> dict[str, float]:
    return {"tokens/s": sum(lengths) / seconds}
