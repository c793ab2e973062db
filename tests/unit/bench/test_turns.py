from collections.abc import Iterator

from tests.bench.findings import Findings, Sample
from tests.bench.turns import in_turns


def test_contestants_take_turns() -> None:
    order = []

    def turn(who: str) -> Iterator[tuple[str, Sample]]:
        order.append(who)
        yield "case", {"tokens/s": len(order)}

    findings = Findings()
    in_turns(findings, "level", {"A": lambda: turn("A"), "B": lambda: turn("B")}, repeats=2)
    assert order == ["A", "B", "A", "B"]
    assert findings.of("level", "A", "case", "tokens/s") == [1, 3]


def test_who_breaks_down_is_named_and_the_others_go_on() -> None:
    def broken() -> Iterator[tuple[str, Sample]]:
        yield "first case", {"tokens/s": 1}
        raise LookupError("log of the end:\nout of memory")

    def whole() -> Iterator[tuple[str, Sample]]:
        yield "first case", {"tokens/s": 2}

    findings = Findings()
    in_turns(findings, "level", {"A": broken, "B": whole}, repeats=2)
    assert findings.absent == {("level", "A"): "broke down: out of memory"}
    assert findings.of("level", "A", "first case", "tokens/s") == [1]
    assert findings.of("level", "B", "first case", "tokens/s") == [2, 2]
