"""The curve's file is whole at every moment, and an empty one is none."""

from pathlib import Path

import pytest
from transformers import TrainerControl, TrainerState, TrainingArguments

from training.curve import CurveFile


class Killed(BaseException):
    pass


def begin(curve: CurveFile, step: int) -> None:
    curve.on_train_begin(
        TrainingArguments(use_cpu=True), TrainerState(global_step=step), TrainerControl()
    )


def lines_of(path: Path) -> list[list[str]]:
    return [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]


def test_steps_behind_the_checkpoint_are_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    CurveFile(path, "first").append(30, "train", 5)
    curve = CurveFile(path, "second")
    for step in (10, 20):
        curve.append(step, "train", 4)

    begin(curve, 10)

    assert [line[:2] for line in lines_of(path)] == [
        ["lesson", "step"],
        ["first", "30"],
        ["second", "10"],
    ]
    assert [file.name for file in tmp_path.iterdir()] == ["curve.csv"]


def test_an_empty_file_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    path.touch()
    curve = CurveFile(path, "first")

    begin(curve, 0)
    curve.append(10, "train", 4)

    assert [line[0] for line in lines_of(path)] == ["lesson", "first"]


def test_a_kill_while_the_file_is_rewritten_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "curve.csv"
    curve = CurveFile(path, "first")
    curve.append(10, "train", 4)
    before = path.read_bytes()

    def die(*_: object) -> None:
        raise Killed

    monkeypatch.setattr("training.curve.csv.writer", die)
    with pytest.raises(Killed):
        begin(curve, 10)

    assert path.read_bytes() == before
