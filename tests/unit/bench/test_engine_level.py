"""The engine level end to end, with a model small enough for seconds."""

from pathlib import Path

import pytest
import torch
from transformers import GPT2Config

from tests.bench.engine.case import Case
from tests.bench.engine.contestant import measure
from tests.bench.engine.entries import ENTRIES, NO_GPU, environment, make, missing
from tests.bench.engine.level import measure_level, prompts_for
from tests.bench.findings import Findings
from tests.bench.models import write_model
from tests.bench.options import Options
from tests.bench.report import write_report

STEADY = Case("steady", 2, prompt=8, tokens=12, seconds=5)
CHURN = Case("churn", 2, prompt=8, tokens=12, seconds=5)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("bench") / "small"
    config = GPT2Config(vocab_size=400, n_positions=128, n_embd=32, n_head=2, n_layer=2)
    write_model(directory, ["Once upon a time there was a fox."], config)
    return directory


@pytest.mark.parametrize("name", ["ours fp32", "HF forward fp32", "HF generate fp32"])
@pytest.mark.parametrize("case", [STEADY, CHURN], ids=lambda case: case.kind)
def test_every_engine_writes_all_that_is_asked_for(model: Path, name: str, case: Case) -> None:
    """A story that ended by itself would leave too few tokens to take a pace."""
    sample = measure(make(name, model, slots=2), case, prompts_for(model, case))
    assert sample["tokens/s"] > 0


def test_what_wants_a_gpu_is_absent_without_one_and_nothing_else_sees_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on_gpu = [name for name in ENTRIES if name.endswith("cuda")]
    assert on_gpu == ["ours cuda", "HF generate cuda"]
    for is_there, why in ((False, NO_GPU), (True, None)):
        monkeypatch.setattr(torch.cuda, "is_available", lambda is_there=is_there: is_there)
        assert {missing(name) for name in on_gpu} == {why}
    ours = [name for name in ENTRIES if name.startswith("ours")]
    hidden = [name for name in ours if environment(name).get("CUDA_VISIBLE_DEVICES") == ""]
    assert hidden == [name for name in ours if name not in on_gpu]


def test_level_in_processes_of_its_own_and_its_report(model: Path, tmp_path: Path) -> None:
    options = Options([], 2, 1.0, 12, [2], [], [], tmp_path)
    findings = Findings()
    measure_level(findings, "engine", model, ["ours auto", "llama.cpp bf16"], [STEADY], options)
    assert len(findings.of("engine", "ours auto", STEADY.name, "tokens/s")) == 2
    told = write_report(findings, {"CPU": "any"}, tmp_path).read_text()
    assert "| ours auto |" in told
    assert "- llama.cpp bf16: left out" in told
    assert (tmp_path / "engine-tokens-per-s.png").stat().st_size > 0
