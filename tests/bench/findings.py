"""What was measured: for each level, contestant, case and metric one value a repeat.

Knows neither how it was measured nor how it is shown.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MANY = 8
"""Values whose extremes say less than their quartiles."""
Sample = Mapping[str, float]
"""One repeat: a value for each metric."""


def case_of(streams: int) -> str:
    """The name of the case of so many."""
    return f"{streams} stream{'s' if streams > 1 else ''}"


@dataclass(frozen=True, slots=True)
class Key:
    level: str
    who: str
    case: str
    metric: str


@dataclass(frozen=True, slots=True)
class Summary:
    median: float
    low: float
    high: float
    """The least and the most; of many values the quartiles."""


@dataclass(slots=True)
class Findings:
    values: dict[Key, list[float]] = field(default_factory=dict)
    absent: dict[tuple[str, str], str] = field(default_factory=dict)
    """By level and contestant: why there is nothing to show."""

    def add(self, level: str, who: str, case: str, sample: Sample) -> None:
        for metric, value in sample.items():
            self.values.setdefault(Key(level, who, case, metric), []).append(value)

    def lack(self, level: str, who: str, why: str) -> None:
        self.absent[level, who] = why

    def of(self, level: str, who: str, case: str, metric: str) -> Sequence[float]:
        """One value a repeat; empty if it was not measured."""
        return self.values.get(Key(level, who, case, metric), [])


def summary(values: Sequence[float]) -> Summary:
    """Of at least one value."""
    low, high = min(values), max(values)
    if len(values) >= MANY:
        low, _, high = statistics.quantiles(values)
    return Summary(statistics.median(values), low, high)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Repeat by repeat, as far as both have one: the sides of a repeat met the same machine."""
    return [mine / other for mine, other in zip(ours, theirs, strict=False) if other]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def fairness(rates: Sequence[float]) -> float:
    """Jain's index (1984): 1 if all are equal, 1/n if one has all."""
    return sum(rates) ** 2 / (len(rates) * sum(rate**2 for rate in rates))
