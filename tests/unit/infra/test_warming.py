"""`make` compiles the engine anew when it has changed: no start of a worker has the time for it."""

import subprocess
from pathlib import Path

import pytest


def would_run(target: str, *options: str) -> str:
    command = ["make", "--dry-run", *options, target]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("target", ["setup", "up", "test"])
def test_a_changed_engine_is_compiled_first(target: str, tmp_path: Path) -> None:
    for stamp in (".installed", ".compiled"):
        (tmp_path / stamp).touch()
    venv = f"VENV={tmp_path}"
    assert "services.worker.warm" not in would_run(target, venv)

    changed = would_run(target, venv, "--what-if=services/worker/engine/kernels.py")

    first, *_ = [line for line in changed.splitlines() if " -m " in line or "pytest" in line]
    assert "services.worker.warm" in first
