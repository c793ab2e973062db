"""The whole way in small: books are fetched, prepared, trained on, evaluated, and the model served.

Every step is the command that training/README.md names, run as a user runs it.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from tests.processes import wait_until
from tests.stack import running_stack
from training.own_tales import TALES

SAMPLE = "training/data/sample_books"
STEPS = {
    "fetch": "--from {sample} --catalogue {sample}/catalogue.csv --out {work}/books",
    "preprocess": "--books {work}/books --catalogue {sample}/catalogue.csv --out {work}",
    "tokenizer": "--tales {work}/train.jsonl --out {work}/tokenizer --vocabulary 1000",
    "label": "--tales {work} --own {work}/own.jsonl --tokenizer {work}/tokenizer"
    " --out {work}/examples --composed 40",
    "encode": "--examples {work}/examples --tokenizer {work}/tokenizer --out {work}/tokens",
    "finetune": "--recipe training/configs/smoke.toml --tokens {work}/tokens"
    " --tokenizer {work}/tokenizer --run {work}/run",
    "export": "--run {work}/run --tokenizer {work}/tokenizer --out {work}/model",
    "evaluation": "--model {work}/model --tales {work}/own.jsonl --train-texts {work}/train.jsonl"
    " --books {sample} --log {work}/run/curve.csv --out {work}/evaluation"
    " --stories 4 --in-sample-texts 4 --batch-size 2 --book-characters 2000",
}


def run(work: Path, step: str, options: str) -> float:
    """Return the seconds that it took."""
    started = time.monotonic()
    command = [sys.executable, "-m", f"training.{step}"]
    command += options.format(sample=SAMPLE, work=work).split()
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, f"{step}: {done.stdout}\n{done.stderr}"
    return time.monotonic() - started


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("smoke")
    own = TALES.read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "own.jsonl").write_text("".join(own[::20]), encoding="utf-8")
    for step, options in STEPS.items():
        run(folder, step, options)
    return folder


@pytest.mark.timeout(240)
def test_the_trained_model_is_served(work: Path, tmp_path: Path) -> None:
    with running_stack(tmp_path, MODEL=str(work / "model")) as stack:
        stack.add_worker("one")
        request = {"story_seed": "A miller who lost a boat", "controls": {"length": "short"}}
        url = stack.api_url + "/v1/jobs"
        job = httpx2.post(url, json=request).raise_for_status().json()

        def finished() -> bool:
            return bool(httpx2.get(f"{url}/{job['id']}").json()["status"] == "succeeded")

        wait_until(finished, seconds=60, what="the story's end")
        assert httpx2.get(f"{url}/{job['id']}").json()["text"]


def test_the_trained_model_is_evaluated(work: Path) -> None:
    report = json.loads((work / "evaluation/report.json").read_text(encoding="utf-8"))

    perplexities = {one["name"]: one["perplexity"]["perplexity"] for one in report["protocols"]}
    assert perplexities.keys() == {"in sample", "held out"}
    assert min(perplexities.values()) > 1
    assert (work / "evaluation/report.md").read_text(encoding="utf-8").startswith("# ")
    assert list((work / "evaluation").glob("*.png"))


def test_finished_steps_are_not_done_again(work: Path) -> None:
    changed = (work / "tokens" / "manifest.json").stat().st_mtime_ns

    for step in ("label", "encode", "finetune"):
        run(work, step, STEPS[step])

    assert (work / "tokens" / "manifest.json").stat().st_mtime_ns == changed


def test_every_command_of_the_readme_is_one_of_these() -> None:
    readme = Path("training/README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"python -m training\.(\w+)", readme))

    assert set(STEPS) <= named
