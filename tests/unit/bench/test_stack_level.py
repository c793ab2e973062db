"""What the level of whole services does with what it is asked for."""

from pathlib import Path

from tests.bench.findings import Findings
from tests.bench.options import Options
from tests.bench.stack.level import LEVEL, measure_stacks


def test_streams_of_which_it_measures_none_are_told_and_nothing_is_started(tmp_path: Path) -> None:
    findings = Findings()
    options = Options(
        levels=[LEVEL],
        repeats=1,
        seconds=1.0,
        tokens=8,
        streams=[4, 32],
        readers=[],
        workers=[],
        out=tmp_path,
    )
    measure_stacks(findings, tmp_path / "no model", options)
    assert not findings.values
    assert findings.absent == {
        (LEVEL, "services"): "n/a (measured with 1, 8, 16 streams alone)",
    }
