import pytest

from tests.bench.findings import Findings
from tests.bench.reach import GOALS, Goal, Place, reach_table, reached

OURS, PEER = Place("engine", "ours", "16"), Place("engine", "peer", "16")
FASTER = Goal("ours vs peer", 2, 3, "×", OURS, PEER)
SOONER = Goal("first token", 180, 120, " ms", OURS, less_is_better=True)


def found(ours: float, theirs: float = 100) -> Findings:
    findings = Findings()
    findings.add("engine", "ours", "16", {"tokens/s": ours})
    findings.add("engine", "peer", "16", {"tokens/s": theirs})
    return findings


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [(199, ("1.99×", "missed")), (200, ("2.00×", "reached")), (300, ("3.00×", "aim"))],
)
def test_more_is_better(ours: float, verdict: tuple[str, str]) -> None:
    assert reached(found(ours), FASTER) == verdict


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [(181, ("181 ms", "missed")), (150, ("150 ms", "reached")), (99, ("99.0 ms", "aim"))],
)
def test_less_is_better(ours: float, verdict: tuple[str, str]) -> None:
    assert reached(found(ours), SOONER) == verdict


def test_what_could_not_be_measured_says_why() -> None:
    findings = Findings()
    findings.lack("engine", "peer", "n/a (no bf16 instructions on this CPU)")
    assert reached(findings, FASTER)[0] == "n/a (peer: no bf16 instructions on this CPU)"


def test_every_row_stands_in_the_table() -> None:
    assert reach_table(Findings()).count("not measured in this run") == len(GOALS)
