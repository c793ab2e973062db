"""Peers that are no part of our own environment, fetched into a folder beside it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench.llama import server as llama

_SCRIPT = Path(__file__).with_name("peers.sh")
MEASURED_AT = {"engine": ("ctranslate2",), "stack": ("gguf", "llama-server")}
"""By level."""


def fetch(levels: Sequence[str], folder: Path) -> None:
    """Whom these levels measure, for this process and its children to find."""
    named = [name for level in levels for name in MEASURED_AT.get(level, ()) if _is_wanted(name)]
    if not named:
        return
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["sh", _SCRIPT, sys.executable, folder.resolve(), *named], check=True)
    libraries, programs = (str(folder.resolve() / name) for name in ("python", "bin"))
    sys.path.append(libraries)
    _extend("PYTHONPATH", libraries)
    _extend("PATH", programs)


def _is_wanted(name: str) -> bool:
    return name != "llama-server" or llama.program() is None


def _extend(variable: str, folder: str) -> None:
    before = os.environ.get(variable)
    os.environ[variable] = f"{before}{os.pathsep}{folder}" if before else folder
