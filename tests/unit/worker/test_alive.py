"""The health check of a worker: whether its heart has beaten lately, whoever heard it."""

import os
import time
from pathlib import Path

import pytest

from services.worker import alive


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "alive"
    monkeypatch.setenv("ALIVE_PATH", str(path))
    return path


def test_worker_that_has_just_beaten_is_alive(path: Path) -> None:
    path.touch()
    assert alive.main() == 0


def test_worker_that_has_been_silent_is_not(path: Path) -> None:
    path.touch()
    long_ago = time.time() - alive.SILENT_SECONDS - 1
    os.utime(path, (long_ago, long_ago))
    assert alive.main() == 1


def test_worker_that_has_not_started_is_not(path: Path) -> None:
    assert not path.exists()
    assert alive.main() == 1


def test_asked_without_a_path_it_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALIVE_PATH", raising=False)
    assert alive.main() == 1
