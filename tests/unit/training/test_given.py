"""What a run may be gone on with by: a recipe that begins with what the run was given."""

from pathlib import Path

import pytest

from tests.unit.training.corpus import recipe, two_lessons
from training.finetune import check_given
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
