"""A child is waited for before anybody is measured beside it."""

from pathlib import Path

import pytest

from tests.bench.children import child

MODULE = "tests.unit.bench.loading_child"
SECONDS = 30


def test_ready_means_loaded_and_asks_nothing(tmp_path: Path) -> None:
    loaded = tmp_path / "loaded"
    with child("late", MODULE, str(loaded), folder=tmp_path) as late:
        late.wait_ready(seconds=SECONDS)
        assert loaded.exists()
        assert late.ask(1, seconds=SECONDS) == {"asked": 1}


def test_a_child_that_cannot_load_is_named_with_its_last_words(tmp_path: Path) -> None:
    nowhere = tmp_path / "missing" / "loaded"
    with (
        child("late", MODULE, str(nowhere), folder=tmp_path) as late,
        pytest.raises(RuntimeError, match=r"late ended:[\s\S]*FileNotFoundError"),
    ):
        late.wait_ready(seconds=SECONDS)
