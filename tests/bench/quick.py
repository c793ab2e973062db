"""`make bench-quick`: whether the engine still is as far ahead as it was; under three minutes."""

import sys
from collections.abc import Mapping
from pathlib import Path

from tests.bench.engine.case import Case
from tests.bench.engine.level import measure_level
from tests.bench.findings import Findings, ratios, summary
from tests.bench.models import build_gpt2
from tests.bench.options import Options
from tests.bench.prompts import SHORT
from tests.bench.table import cell

LEVEL, OURS, THEIRS = "quick", "ours fp32", "HF forward fp32"
FLOORS = {1: 1.2, 16: 2.0}
"""By streams: the least median ratio of our tokens/s to theirs that is no regression. At 16 streams
two cores of an AMD EPYC (Zen 4) came to 3.8, of an Intel Xeon (Emerald Rapids) to 2.1 and 2.2."""
TOKENS = 32
OPTIONS = Options(
    levels=(LEVEL,),
    repeats=3,
    seconds=8.0,
    tokens=TOKENS,
    streams=tuple(FLOORS),
    readers=(),
    workers=(),
    out=Path("var/bench"),
)


def main() -> int:
    OPTIONS.out.mkdir(parents=True, exist_ok=True)
    findings = Findings()
    cases = {streams: Case("steady", streams, SHORT, TOKENS, OPTIONS.seconds) for streams in FLOORS}
    model = build_gpt2(OPTIONS.out / "models")
    measure_level(findings, LEVEL, model, (OURS, THEIRS), list(cases.values()), OPTIONS)
    lines, is_good = verdict(findings, {streams: case.name for streams, case in cases.items()})
    sys.stdout.write(lines + "\n")
    return 0 if is_good else 1


def verdict(findings: Findings, cases: Mapping[int, str]) -> tuple[str, bool]:
    """A line for each number of streams, and whether none is below its floor."""
    lines, is_good = [], True
    for streams, case in cases.items():
        ours, theirs = (findings.of(LEVEL, who, case, "tokens/s") for who in (OURS, THEIRS))
        found = ratios(ours, theirs)
        if not found:
            return f"{case}: not measured: {dict(findings.absent)}", False
        is_slow = summary(found).median < FLOORS[streams]
        is_good = is_good and not is_slow
        mark = f"BELOW {FLOORS[streams]}×" if is_slow else f"at least {FLOORS[streams]}×"
        lines.append(f"{case}: {OURS} ÷ {THEIRS} = {cell(found, unit='×')}, {mark}")
    return "\n".join(lines), is_good


if __name__ == "__main__":
    sys.exit(main())
