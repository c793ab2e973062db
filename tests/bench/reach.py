"""What the service is to reach: each row with what this run came to, or why it cannot say."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.engine.level import LEVEL as ENGINE
from tests.bench.findings import Findings, ratios, summary
from tests.bench.relay.level import LEVEL as RELAY
from tests.bench.relay.level import OWN, SHARED
from tests.bench.stack.beside import ARRIVING, JOINING, SHARE
from tests.bench.stack.level import LEVEL as STACK
from tests.bench.stack.servers import (
    LLAMA,
    LLAMA_8_BITS,
    OURS,
    OURS_16_BITS,
    TUTORIAL,
    serve_name,
)
from tests.bench.table import cell, markdown


@dataclass(frozen=True, slots=True)
class Place:
    """Where a figure stands among the findings."""

    level: str
    who: str
    case: str
    metric: str = "tokens/s"


@dataclass(frozen=True, slots=True)
class Goal:
    """Of one figure, or of its ratio to another one."""

    what: str
    least: float
    aim: float
    unit: str
    figure: Place
    over: Place | None = None
    less_is_better: bool = False


def _stack(who: str, streams: str, metric: str = "tokens/s") -> Place:
    return Place(STACK, who, streams, metric)


def _engine(who: str) -> Place:
    return Place(ENGINE, who, "16 streams, 32")


def _relay(who: str) -> Goal:
    place = Place(RELAY, f"1000 {who}", "at its limit", "events/s")
    return Goal(f"relay: events/s of one API process, 1,000 {who}", 25_000, 45_000, "", place)


_ONE, _EIGHT, _SIXTEEN = "1 stream", "8 streams", "16 streams"
_FIRST, _LAST_FIRST = "first token p50, ms", "first token max, ms"
_MEMORY = Place(RELAY, f"1000 {OWN}", "1 token/s each", "memory of a reader, KB")
_OURS_8, _OURS_16, _OURS_1 = (_stack(OURS, case) for case in (_EIGHT, _SIXTEEN, _ONE))
_HALF_8, _HALF_16, _HALF_1 = (_stack(OURS_16_BITS, case) for case in (_EIGHT, _SIXTEEN, _ONE))
_ARRIVING, _LAST_ARRIVING = (_stack(OURS, ARRIVING, metric) for metric in (_FIRST, _LAST_FIRST))
_JOINING = _stack(OURS, JOINING, _FIRST)
_SHARE, _HALF_SHARE = (_stack(who, ARRIVING, SHARE) for who in (OURS, OURS_16_BITS))
_FP32, _BF16 = _engine("ours fp32"), _engine("ours bf16")
_HF_FP32, _HF_BF16 = _engine("HF forward fp32"), _engine("HF forward bf16")
_FP16 = _engine("ours fp16")
_INT8, _CT2_INT8 = _engine("ours int8"), _engine("CTranslate2 int8")
_CT2_BY_CORE = _engine("CTranslate2 by core int8")
_TUTORIAL_8, _SERVE_16 = _stack(TUTORIAL, _EIGHT), _stack(serve_name(), _SIXTEEN)
_LLAMA_16, _LLAMA_1 = _stack(LLAMA, _SIXTEEN), _stack(LLAMA, _ONE)
_LLAMA_8_BITS_16, _LLAMA_8_BITS_1 = (_stack(LLAMA_8_BITS, case) for case in (_SIXTEEN, _ONE))

# fmt: off
GOALS = (
    Goal("stack, 8 streams, vs the tutorial design (fp32)", 20, 25, "×", _OURS_8, _TUTORIAL_8),
    Goal("engine bf16, 16 streams, vs HF forward bf16", 2.5, 3, "×", _BF16, _HF_BF16),
    Goal("engine fp32, 16 streams, vs HF forward fp32", 2.5, 3, "×", _FP32, _HF_FP32),
    Goal("engine bf16, 16 streams, vs CTranslate2 int8", 1.5, 2.5, "×", _BF16, _CT2_INT8),
    Goal("engine bf16, 16 streams, vs CTranslate2 by core", 1.5, 2.5, "×", _BF16, _CT2_BY_CORE),
    Goal(f"stack, 16 streams, vs `{serve_name()}`", 2.3, 3, "×", _OURS_16, _SERVE_16),
    Goal("stack, 16 streams, vs llama-server bf16", 1.4, 1.8, "×", _OURS_16, _LLAMA_16),
    Goal("stack, 1 stream, vs llama-server bf16", 0.7, 1, "×", _OURS_1, _LLAMA_1),
    Goal("stack, 16 streams, vs llama-server Q8_0", 1.4, 1.8, "×", _OURS_16, _LLAMA_8_BITS_16),
    Goal("stack, 1 stream, vs llama-server Q8_0", 0.7, 1, "×", _OURS_1, _LLAMA_8_BITS_1),
    Goal("fp16: engine, 16 streams, vs HF forward bf16", 2.5, 3, "×", _FP16, _HF_BF16),
    Goal("fp16: engine, 16 streams, vs CTranslate2 int8", 1.5, 2.5, "×", _FP16, _CT2_INT8),
    Goal("16 bits: stack, 8 streams, vs the tutorial (fp32)", 20, 25, "×", _HALF_8, _TUTORIAL_8),
    Goal("int8: engine, 16 streams, vs CTranslate2 int8", 1.5, 2.5, "×", _INT8, _CT2_INT8),
    Goal("int8: engine, 16 streams, vs CTranslate2 by core", 1.5, 2.5, "×", _INT8, _CT2_BY_CORE),
    Goal(f"16 bits: stack, 16 streams, vs `{serve_name()}`", 2.3, 3, "×", _HALF_16, _SERVE_16),
    Goal("16 bits: stack, 16 streams, vs llama-server bf16", 1.4, 1.8, "×", _HALF_16, _LLAMA_16),
    Goal("16 bits: stack, 1 stream, vs llama-server bf16", 0.7, 1, "×", _HALF_1, _LLAMA_1),
    Goal("stack ÷ engine alone, 16 streams", 0.93, 0.98, "", _SHARE),
    Goal("16 bits: stack ÷ engine alone, 16 streams", 0.93, 0.98, "", _HALF_SHARE),
    Goal("first token, 16 arriving at once, p50", 180, 120, " ms", _ARRIVING, less_is_better=True),
    Goal("the last of these first tokens", 180, 120, " ms", _LAST_ARRIVING, less_is_better=True),
    Goal("first token, joining 15 busy streams", 60, 40, " ms", _JOINING, less_is_better=True),
    Goal("fp32 reference mode, 16 streams, vs HF forward fp32", 2.3, 3, "×", _FP32, _HF_FP32),
    _relay(SHARED),
    _relay(OWN),
    Goal("1,000 idle-ish readers, memory each", 60, 30, " KB", _MEMORY, less_is_better=True),
)
# fmt: on


def reach_table(findings: Findings) -> str:
    rows = [
        [goal.what, _bound(goal, goal.least), _bound(goal, goal.aim), *reached(findings, goal)]
        for goal in GOALS
    ]
    return markdown(["", "at least", "aim", "this run", ""], rows)


def reached(findings: Findings, goal: Goal) -> tuple[str, str]:
    """What it came to, and the verdict."""
    values = _values(findings, goal)
    if not values:
        return f"n/a ({_why(findings, goal)})", ""
    return cell(values, unit=goal.unit), _verdict(goal, summary(values).median)


def _values(findings: Findings, goal: Goal) -> Sequence[float]:
    figure = _of(findings, goal.figure)
    return figure if goal.over is None else ratios(figure, _of(findings, goal.over))


def _of(findings: Findings, place: Place) -> Sequence[float]:
    return findings.of(place.level, place.who, place.case, place.metric)


def _why(findings: Findings, goal: Goal) -> str:
    for place in filter(None, (goal.figure, goal.over)):
        why = findings.absent.get((place.level, place.who))
        if why is not None:
            return f"{place.who}: {why.removeprefix('n/a (').removesuffix(')')}"
    return "not measured in this run"


def _verdict(goal: Goal, value: float) -> str:
    sign = -1 if goal.less_is_better else 1
    if sign * value >= sign * goal.aim:
        return "aim"
    return "reached" if sign * value >= sign * goal.least else "missed"


def _bound(goal: Goal, bound: float) -> str:
    return f"{bound:,g}{goal.unit}"
