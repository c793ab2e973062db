"""Figures over streams that were read at the same time."""

import itertools
from collections.abc import Sequence

import numpy as np

from tests.bench.findings import percentile
from tests.bench.stack.client import Stream

STEADY = "steady tokens/s"


def together(streams: Sequence[Stream]) -> dict[str, float]:
    """Of streams that were all asked for at once.

    `tokens/s` is over all of it, `steady tokens/s` only over the time of `steady`. Between events
    there is no time where several came together; between arrivals there is.
    """
    began, ended = min(each.asked for each in streams), max(each.last for each in streams)
    first = [1000 * (each.first - each.asked) for each in streams]
    pauses = [1000 * gap for each in streams for gap in _gaps(each.times)]
    waits = [1000 * gap for each in streams for gap in _gaps(sorted(set(each.times)))]
    figures = {
        "tokens/s": sum(each.tokens for each in streams) / (ended - began),
        "first token p50, ms": percentile(first, 0.5),
        "first token max, ms": max(first),
    }
    if pauses:
        figures["between events p50, ms"] = percentile(pauses, 0.5)
        figures["between events p95, ms"] = percentile(pauses, 0.95)
    if waits:
        figures["between arrivals p50, ms"] = percentile(waits, 0.5)
    return figures | steady(streams)


def steady(streams: Sequence[Stream]) -> dict[str, float]:
    """As engines are measured: from the first token of the last stream to the end of the first one.
    Empty if they were never all written at a time.

    A server that tells several tokens together has, at any moment, some that it has not told yet.
    Streams that end together tell their last ones just behind the end of the first, so to count
    what came until then would find such a server slower than it writes.
    """
    start, end = max(each.first for each in streams), min(each.last for each in streams)
    if end <= start:
        return {}
    written = sum(_written(each, by=end) - _written(each, by=start) for each in streams)
    return {STEADY: written / (end - start)}


def _written(stream: Stream, *, by: float) -> float:
    """Tokens, if those that came at one time were written evenly since those before them."""
    moments, counts = np.unique(stream.times, return_counts=True)
    return float(np.interp(by, moments, stream.weight * np.cumsum(counts)))


def _gaps(times: Sequence[float]) -> list[float]:
    return [after - before for before, after in itertools.pairwise(times)]
