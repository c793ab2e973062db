"""When finished work is skipped, and when it is done again."""

import shutil
from pathlib import Path

import pytest

from training.manifest import Manifest, Step


def step(folder: Path, **changes: object) -> Step:
    wanted: dict[str, object] = {
        "name": "baking",
        "version": 1,
        "settings": {"heat": 220, "salted": True},
        "inputs": [folder / "flour"],
    }
    return Step.begin(folder / "out" / "baking.json", **{**wanted, **changes})  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "kitchen"
    (folder / "flour").mkdir(parents=True)
    (folder / "flour" / "rye").write_text("rye")
    (folder / "out").mkdir()
    (folder / "out" / "bread").write_text("a loaf")
    step(folder).finish(outputs=[folder / "out"], counts={"loaves": 1})
    return folder


def test_finished_work_is_current_and_tells_what_it_did(folder: Path) -> None:
    assert step(folder).is_current()
    done = Manifest.read(folder / "out" / "baking.json")
    assert (done.step, done.counts) == ("baking", {"loaves": 1})
    assert list(done.inputs) == ["../flour/rye"]
    assert list(done.outputs) == ["bread"]


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"settings": {"heat": 180}}, {"name": "frying"}]
)
def test_another_order_is_not_current(folder: Path, change: dict[str, object]) -> None:
    assert not step(folder, **change).is_current()


@pytest.mark.parametrize("name", ["flour/rye", "flour/wheat", "out/bread"])
def test_changed_or_added_files_are_noticed(folder: Path, name: str) -> None:
    (folder / name).write_text("something else")
    assert not step(folder).is_current()


@pytest.mark.parametrize("name", ["flour/rye", "out/bread", "out/baking.json"])
def test_missing_files_are_noticed(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert not step(folder).is_current()


def test_a_torn_manifest_is_no_manifest(folder: Path) -> None:
    manifest = folder / "out" / "baking.json"
    manifest.write_text(manifest.read_text()[:40])
    assert not step(folder).is_current()


def test_inputs_that_change_meanwhile_count_as_unread(folder: Path) -> None:
    running = step(folder)
    (folder / "flour" / "rye").write_text("ergot")
    running.finish(outputs=[folder / "out" / "bread"], counts={})
    assert not step(folder).is_current()


def test_the_whole_folder_may_move(folder: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.move(folder, moved)
    assert step(moved).is_current()
