"""What was measured of stories that were read at the same time. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

from shared.client import ApiError


@dataclass(slots=True)
class Reading:
    """One story: when it was asked for and when its tokens came, in seconds of one clock."""

    asked_at: float = 0.0
    told_at: list[float] = field(default_factory=list)
    error: ApiError | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """Half of all, and all but a twentieth, took no longer; in seconds."""

    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self | None:
        if not seconds:
            return None
        ranked = sorted(seconds)
        p50, p95 = (ranked[math.ceil(share * len(ranked)) - 1] for share in (0.5, 0.95))
        return cls(p50, p95)

    def told(self) -> str:
        return f"p50 {self.p50 * 1000:,.1f} ms, p95 {self.p95 * 1000:,.1f} ms"


@dataclass(frozen=True, slots=True)
class Figures:
    stories: int
    failed: int
    tokens: int
    seconds: float
    """From the first request to the last token."""
    tokens_per_second: float
    """Of all stories together."""
    first_token_seconds: Spread | None
    """From a story's request."""
    between_tokens_seconds: Spread | None
    """Tokens that arrive together are none apart."""

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> Self:
        told = [reading for reading in readings if reading.told_at]
        tokens = sum(len(reading.told_at) for reading in told)
        begun = min((reading.asked_at for reading in told), default=0.0)
        seconds = max((reading.told_at[-1] for reading in told), default=begun) - begun
        gaps = [after - before for reading in told for before, after in pairwise(reading.told_at)]
        return cls(
            stories=len(readings),
            failed=sum(reading.error is not None for reading in readings),
            tokens=tokens,
            seconds=seconds,
            tokens_per_second=tokens / seconds if seconds else 0.0,
            first_token_seconds=Spread.of([each.told_at[0] - each.asked_at for each in told]),
            between_tokens_seconds=Spread.of(gaps),
        )

    def told(self) -> dict[str, str]:
        first, between = self.first_token_seconds, self.between_tokens_seconds
        return {
            "stories": f"{self.stories}, {self.failed} failed",
            "tokens": f"{self.tokens:,} in {self.seconds:.1f} s",
            "tokens/s": f"{self.tokens_per_second:,.0f}",
            "first token": first.told() if first else "-",
            "between tokens": between.told() if between else "-",
        }
