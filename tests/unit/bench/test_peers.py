"""Which peers are fetched: those that the levels measure and that are not here yet."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench import peers


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """By name."""
    names: list[str] = []

    def run(command: list[Any], *, check: bool) -> None:
        names.extend(command[4:])

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for variable in ("PATH", "PYTHONPATH"):
        monkeypatch.setenv(variable, os.environ.get(variable, ""))
    return names


@pytest.mark.parametrize(
    ("is_here", "wanted"), [(False, ["gguf", "llama-server"]), (True, ["gguf"])]
)
def test_a_server_is_built_unless_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    fetched: list[str],
    is_here: bool,
    wanted: list[str],
) -> None:
    program = tmp_path / "llama-server"
    if is_here:
        program.touch(0o755)
    monkeypatch.setenv("LLAMA_SERVER", str(program))
    peers.fetch(["stack", "relay"], tmp_path / "peers")
    assert fetched == wanted


def test_a_level_without_peers_fetches_none(tmp_path: Path, fetched: list[str]) -> None:
    peers.fetch(["relay"], tmp_path / "peers")
    assert not fetched
    assert not (tmp_path / "peers").exists()
