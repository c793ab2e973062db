"""How long a fault was felt, from the recorded history. Pure."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.faults.records import History, Occurrence

LIVELY_SECONDS = 1.0
"""A story that told its readers a token so shortly before a fault was being written."""
ON_ITS_WAY_SECONDS = 0.3
"""What was written before a fault may be told after it; the pause begins behind that."""


@dataclass(frozen=True, slots=True)
class Felt:
    """One occurrence, and how long the story that it held up longest stood still."""

    fault: str
    seconds: float | None
    """None if no story was being written."""
    alone: bool
    """No other fault was there before the story went on."""


def felt(history: History) -> list[Felt]:
    times = signs_of_life(history)
    return [_felt(each, history.occurrences, times) for each in history.occurrences]


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that so many percent do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def signs_of_life(history: History) -> Mapping[str, list[float]]:
    """When any reader of a job was told something new, in order."""
    first: dict[str, dict[int, float]] = defaultdict(dict)
    for reading in history.readings:
        known = first[reading.job_id]
        for delivery in reading.deliveries:
            known[delivery.index] = min(delivery.at, known.get(delivery.index, math.inf))
        if reading.ended_at is not None:
            known[-1] = min(reading.ended_at, known.get(-1, math.inf))
    return {job_id: sorted(known.values()) for job_id, known in first.items()}


def _felt(
    fault: Occurrence, others: Iterable[Occurrence], times: Mapping[str, list[float]]
) -> Felt:
    pauses = [pause for each in times.values() if (pause := _pause(each, fault.began)) is not None]
    seconds = max(pauses, default=None)
    until = fault.began + (seconds or 0.0)
    alone = not any(
        other is not fault and other.began < until and (other.ended or until) > fault.began
        for other in others
    )
    return Felt(fault.fault, seconds, alone)


def _pause(times: Sequence[float], since: float) -> float | None:
    """The longest that the story stood still from the fault on, or from what was still on its way;
    None if it was not being written.
    """
    before = [at for at in times if at <= since]
    after = [at for at in times if at > since]
    if not before or not after or since - before[-1] > LIVELY_SECONDS:
        return None
    steps = pairwise([since, *after])
    return max(end - start for start, end in steps if start <= since + ON_ITS_WAY_SECONDS)
