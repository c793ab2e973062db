"""Figures over streams that were read at the same time."""

import itertools
from collections.abc import Sequence

from tests.bench.findings import percentile
from tests.bench.stack.client import Stream


def together(streams: Sequence[Stream]) -> dict[str, float]:
    """Of streams that were all asked for at once.

    `tokens/s` is over all of it; `steady tokens/s`, as engines are measured, from the first token
    of the last stream to the end of the first one, and absent if they were never all written at a
    time.
    """
    began, ended = min(each.asked for each in streams), max(each.last for each in streams)
    first = [1000 * (each.first - each.asked) for each in streams]
    pauses = [1000 * gap for each in streams for gap in _gaps(each.times)]
    figures = {
        "tokens/s": sum(each.tokens for each in streams) / (ended - began),
        "first token p50, ms": percentile(first, 0.5),
        "first token max, ms": max(first),
    }
    if pauses:
        figures["between events p50, ms"] = percentile(pauses, 0.5)
        figures["between events p95, ms"] = percentile(pauses, 0.95)
    return figures | steady(streams)


def steady(streams: Sequence[Stream]) -> dict[str, float]:
    start, end = max(each.first for each in streams), min(each.last for each in streams)
    if end <= start:
        return {}
    seen = sum(
        each.weight * sum(start < moment <= end for moment in each.times) for each in streams
    )
    return {"steady tokens/s": seen / (end - start)}


def _gaps(times: Sequence[float]) -> list[float]:
    return [after - before for before, after in itertools.pairwise(times)]
