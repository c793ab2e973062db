"""Compiled kernels are kept as long as everything that they are made of is as it was."""

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
