"""By what a run may be begun or gone on with: its data sets are there, and so begins its recipe."""

import os
import sys
from pathlib import Path

import pytest

from tests.unit.training.corpus import recipe, two_lessons
from training import finetune
from training.given import FINISHED, NotPrepared, check_given, check_prepared
from training.recipe import Recipe


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(recipe(name="renamed"), id="a lesson has another name"),
        pytest.param(recipe(), id="a lesson was taken out"),
        pytest.param(two_lessons().model_copy(update={"seed": 2}), id="another seed"),
        pytest.param(
            two_lessons().model_copy(update={"shape": None, "base": "gpt2"}), id="another start"
        ),
    ],
)
def test_finished_lessons_are_not_gone_on_with_by_another_recipe(
    other: Recipe, tmp_path: Path
) -> None:
    (tmp_path / "recipe.json").write_text(two_lessons().model_dump_json())
    with pytest.raises(ValueError, match="another recipe"):
        check_given(other, tmp_path)


def test_lessons_to_come_may_change(tmp_path: Path) -> None:
    (tmp_path / "recipe.json").write_text(recipe().model_dump_json())
    check_given(two_lessons(), tmp_path)


def test_a_run_that_does_not_say_its_recipe_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1-first/finished").mkdir(parents=True)
    with pytest.raises(ValueError, match="does not say"):
        check_given(recipe(), tmp_path)


def test_a_set_that_only_the_last_lesson_reads_is_missed_before_the_first(tmp_path: Path) -> None:
    for name in ("tales", "watched"):
        (tmp_path / "tokens" / name).mkdir(parents=True)
    first, second = two_lessons().lessons
    second = second.model_copy(update={"passes": {"tales": 1, "books": 1, "own": 1}})
    with pytest.raises(NotPrepared, match="has no books, own, "):
        check_prepared(
            recipe().model_copy(update={"lessons": [first, second]}), tmp_path / "tokens", tmp_path
        )


def test_finished_lessons_need_no_data_sets(tmp_path: Path) -> None:
    (tmp_path / "1-first" / FINISHED).mkdir(parents=True)
    check_prepared(recipe(), tmp_path / "tokens", tmp_path)
    with pytest.raises(NotPrepared, match="has no tales, watched, "):
        check_prepared(two_lessons(), tmp_path / "tokens", tmp_path)


def test_a_missing_set_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "nice", lambda _: 0)  # it would last for the tests to come
    places = ["--tokens", str(tmp_path), "--run", str(tmp_path / "run")]
    monkeypatch.setattr(
        sys, "argv", ["finetune", "--recipe", "training/configs/smoke.toml", *places]
    )
    with pytest.raises(SystemExit, match="has no books, grammar, own, own-validation, "):
        finetune.main()
