"""What a run was given, and whether a recipe may begin it or go on with it. Knows no model."""

from pathlib import Path

from training.recipe import Recipe

FINISHED = "finished"
"""Where a lesson's last weights lie, once it is over."""
GIVEN = "recipe.json"
"""In a run's folder: the recipe, up to the lesson that was begun last."""


class NotPrepared(FileNotFoundError):
    """The recipe names data sets that are not there."""


def check_given(recipe: Recipe, run: Path) -> None:
    if not (run / GIVEN).exists():
        if any(run.glob(f"*/{FINISHED}")) or any(run.glob("*/checkpoint-*")):
            raise ValueError(f"{run} does not say what recipe it was given; choose another run")
        return
    given = Recipe.model_validate_json((run / GIVEN).read_bytes())
    begins = {"lessons": recipe.lessons[: len(given.lessons)], "watched": given.watched}
    if recipe.model_copy(update=begins) != given:
        raise ValueError(f"{run} was given another recipe; choose another run")


def check_prepared(recipe: Recipe, tokens: Path, run: Path) -> None:
    """For all lessons to come: the last may begin hours after the first."""
    lessons = zip(recipe.lessons, folders(recipe, run), strict=True)
    coming = [lesson for lesson, folder in lessons if not (folder / FINISHED).exists()]
    named = set(recipe.watched.values()).union(*(lesson.passes for lesson in coming))
    missing = [name for name in sorted(named) if not (tokens / name).is_dir()]
    if coming and missing:
        names = ", ".join(missing)
        raise NotPrepared(
            f"{tokens} has no {names}, which the recipe names; sets without an example are left out"
        )


def folders(recipe: Recipe, run: Path) -> list[Path]:
    return [run / f"{number}-{one.name}" for number, one in enumerate(recipe.lessons, start=1)]
