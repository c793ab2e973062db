"""What a long run has shown, as text."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tests.faults.history import Violation
from tests.faults.nemesis import Planned
from tests.faults.records import History
from tests.faults.recovery import Felt, percentile
from tests.faults.resources import Curve

_HEAD = ("fault", "times", "alone", "p50 s", "p95 s", "beside", "p50 s", "p95 s")
_ROW = "{:<28} {:>6} {:>7} {:>6} {:>6} {:>7} {:>6} {:>6}"
_CURVE = "{:<8} {:>36} {:>44}"
POINTS = 7


def fault_table(felt: Iterable[Felt]) -> str:
    """How often each fault occurred, and how long the slowest story stood still because of it.

    Alone, and beside another fault that was there before the story went on: it may have waited for
    that one.
    """
    by_fault: dict[str, list[Felt]] = defaultdict(list)
    for each in felt:
        by_fault[each.fault].append(each)
    rows = [_row(name, by_fault[name]) for name in sorted(by_fault)]
    return "\n".join([_ROW.format(*_HEAD), *rows])


def _row(name: str, felt: Sequence[Felt]) -> str:
    alone = [each.seconds for each in felt if each.seconds is not None and each.alone]
    beside = [each.seconds for each in felt if each.seconds is not None and not each.alone]
    return _ROW.format(name, len(felt), *_columns(alone), *_columns(beside))


def _columns(seconds: Sequence[float]) -> tuple[int, str, str]:
    return len(seconds), _percentile(seconds, 50), _percentile(seconds, 95)


def _percentile(values: Sequence[float], percent: int) -> str:
    return f"{percentile(values, percent):.2f}" if values else "-"


def totals(histories: Sequence[History]) -> str:
    jobs = sum(len(history.jobs) for history in histories)
    readers = sum(len(history.readings) for history in histories)
    cuts = sum(reading.connections - 1 for h in histories for reading in h.readings)
    faults = sum(len(history.occurrences) for history in histories)
    away = sum(history.turned_away for history in histories)
    return f"{jobs} jobs ({away} times 429), {readers} readers, {cuts} reader cuts, {faults} faults"


def verdict(found: Sequence[Violation], plans: Mapping[int, Sequence[Planned]]) -> str:
    """Every violation with the seed and the schedule that it came from."""
    lines = [f"{len(found)} violations"]
    for seed in dict.fromkeys(each.seed for each in found):
        lines.append(f"\nseed {seed}:")
        lines += [f"  {planned}" for planned in plans[seed]]
        lines += [f"  {each.rule}: {each.detail}" for each in found if each.seed == seed]
    return "\n".join(lines)


def curves(curve: Curve) -> str:
    """Descriptors and memory of each role: in the calm, then evenly over the run to its end."""
    last = len(curve.samples) - 1
    shown = [curve.samples[round(last * point / (POINTS - 1))] for point in range(POINTS)]
    lines = [_CURVE.format("held by", "descriptors", "MiB")]
    for role in dict.fromkeys(held.role for held in shown[0]):
        descriptors = [max(h.descriptors for h in each if h.role == role) for each in shown]
        megabytes = [max(h.megabytes for h in each if h.role == role) for each in shown]
        lines.append(_CURVE.format(role, _path(descriptors), _path(megabytes)))
    return "\n".join(lines)


def _path(values: Sequence[int]) -> str:
    return " > ".join(map(str, values))
