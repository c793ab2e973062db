"""What `make` runs: every test, and the torch that was chosen."""

import os
import re
import subprocess
from pathlib import Path

import pytest

INSTALL = Path("infra/local/install_torch.sh")


def test_what_needs_the_machine_to_itself_lies_where_make_looks_for_it() -> None:
    [options] = re.findall(r"pytest -m alone (.*)", Path("Makefile").read_text())
    folders = [word for word in options.split() if word.startswith("tests/")]
    alone = [
        path
        for path in Path("tests").rglob("test_*.py")
        if re.search(r"mark\.alone", path.read_text())
    ]
    assert alone
    for path in alone:
        assert any(path.is_relative_to(folder) for folder in folders), path


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """An environment that is newer than all it is made from."""
    for name in (".installed", ".compiled"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize("kept", ["cpu", "cuda", None])
def test_an_environment_keeps_its_torch_until_another_is_asked_for(
    installed: Path, kept: str | None
) -> None:
    if kept is not None:
        (installed / ".torch").write_text(f"{kept}\n")
    own = kept or "cpu"
    other = "cpu" if own == "cuda" else "cuda"
    assert "install_torch" not in would_run(installed)
    assert "install_torch" not in would_run(installed, f"TORCH={own}")
    assert f"'{other}'" in would_run(installed, f"TORCH={other}")
    (installed / ".installed").unlink()
    assert f"'{own}'" in would_run(installed)


def would_run(environment: Path, *words: str) -> str:
    command = ["make", "--dry-run", "setup", f"VENV={environment}", *words]
    env = {name: os.environ[name] for name in os.environ if not name.startswith(("TORCH", "MAKE"))}
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("there", ["torch==2.13.0+cpu", "torch==2.13.0", "numpy==2.3.0"])
def test_the_build_for_the_cpu_is_not_taken_for_that_for_cuda(tmp_path: Path, there: str) -> None:
    asked, pip = tmp_path / "asked", tmp_path / "pip"
    pip.write_text(f'#!/bin/sh\n[ "$1" = freeze ] && echo {there}\necho "$@" >> {asked}\n')
    pip.chmod(0o755)
    subprocess.run(["sh", INSTALL, pip, "2.13.0", "cuda"], check=True)
    uninstalled = "uninstall --quiet --yes torch" in asked.read_text()
    assert uninstalled == there.endswith("+cpu")
    assert asked.read_text().endswith("install --quiet torch==2.13.0\n")
