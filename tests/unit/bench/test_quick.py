"""The quick check says which ratio fell below its floor."""

from tests.bench.findings import Findings
from tests.bench.quick import FASTEST, FLOORS, LEVEL, OURS, THEIRS, verdict

CASES = {1: "one", 16: "many"}
FLOOR, FASTEST_FLOOR = FLOORS[OURS, THEIRS], FLOORS[FASTEST, OURS]


def findings(fastest: float = 2.0, **ratios: float) -> Findings:
    """Of ours to theirs in each case, and of our fastest to ours."""
    found = Findings()
    for case, ratio in ratios.items():
        for pace in (9.0, 10.0, 30.0):
            found.add(LEVEL, OURS, case, {"tokens/s": ratio * pace})
            found.add(LEVEL, THEIRS, case, {"tokens/s": pace})
            found.add(LEVEL, FASTEST, case, {"tokens/s": fastest * ratio * pace})
    return found


def test_engine_as_fast_as_it_was_passes() -> None:
    lines, is_good = verdict(findings(one=FLOOR[1], many=2.0), CASES)
    assert is_good
    assert lines.splitlines()[1] == (
        "many: ours fp32 ÷ HF forward fp32 = 2.00× (2.00–2.00), at least 2.0×"
    )


def test_slower_one_is_named() -> None:
    lines, is_good = verdict(findings(one=1.2, many=FLOOR[16] - 0.01), CASES)
    assert not is_good
    assert "many: ours fp32 ÷ HF forward fp32 = 1.99× (1.99–1.99), BELOW 2.0×" in lines


def test_fastest_one_that_is_no_longer_fast_is_named() -> None:
    lines, is_good = verdict(findings(fastest=FASTEST_FLOOR[16] - 0.1, one=2, many=3), CASES)
    assert not is_good
    assert lines.count("BELOW") == len(CASES)


def test_nothing_measured_is_not_good() -> None:
    found = findings(one=1.2)
    found.lack(LEVEL, THEIRS, "broke down")
    lines, is_good = verdict(found, CASES)
    assert not is_good
    assert "broke down" in lines
