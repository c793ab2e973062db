"""Compiled kernels are kept as long as everything that they are made of is as it was."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.worker.engine.compiling import forget_stale


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tile.py").write_text("import numba\n")
    (tmp_path / "settings.py").write_text("SLOTS = 16\n")
    forget_stale(compiled(tmp_path))
    compiled(tmp_path)
    return tmp_path


DOUBLE = """\
from services.worker.engine.compiling import compiled

@compiled()
def double(number):
    return 2 * number

double(1)
"""


def compiled(folder: Path) -> Path:
    kept = folder / "__pycache__"
    kept.mkdir(exist_ok=True)
    for name in ("tile.kernel.nbi", "tile.kernel.1.nbc", "tile.pyc"):
        (kept / name).touch()
    return folder


def kept(folder: Path) -> set[str]:
    return {path.suffix for path in (folder / "__pycache__").iterdir()} - {".sha256"}


def test_they_stay_while_no_kernel_changes(folder: Path) -> None:
    (folder / "settings.py").write_text("SLOTS = 8\n")
    forget_stale(folder)
    assert kept(folder) == {".nbi", ".nbc", ".pyc"}


def test_a_change_of_any_forgets_all(folder: Path) -> None:
    (folder / "tile.py").write_text("import numba  # and another way to multiply\n")
    forget_stale(folder)
    assert kept(folder) == {".pyc"}
    forget_stale(compiled(folder))
    assert kept(folder) == {".nbi", ".nbc", ".pyc"}


def test_what_is_compiled_in_a_fresh_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "tile.py").write_text("import numba\n")
    forget_stale(tmp_path)
    forget_stale(compiled(tmp_path))
    assert kept(tmp_path) == {".nbi", ".nbc", ".pyc"}


def test_kernels_that_are_kept_elsewhere_lie_apart_by_version(tmp_path: Path) -> None:
    """There they outlive an image: those of the next one must not be taken for these."""
    kept, module = tmp_path / "kept", tmp_path / "double.py"
    module.write_text(DOUBLE)
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(kept)}
    subprocess.run([sys.executable, module], env=environment, check=True)
    (version,) = kept.iterdir()
    assert len(version.name) == 2 * hashlib.sha256().digest_size, "of all kernels of this version"
    assert len([*version.rglob("*.nbc")]) == 1
