"""A place in the text that a reader chooses with a click, and what can be done there."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path

import structlog
from pydantic import BaseModel, Field, ValidationError

from services.ui.following.parts import Run
from services.ui.triggers import component, told
from shared.library import PassageView

log = structlog.get_logger()

_KEY = "picker"
_picker = component("once_picker", Path(__file__).with_name("picking.js"))


class Act(StrEnum):
    BRANCH = "branch"
    BRANCH_ON = "branch_on"
    EDIT = "edit"


LEAVE_OR_EDIT = {
    Act.BRANCH: "Branch after “{word}”",
    Act.BRANCH_ON: "Branch and continue",
    Act.EDIT: "Edit this passage",
}
EDIT_FROM = {Act.EDIT: "Edit from here"}


class Picked(BaseModel):
    """What a browser says was chosen."""

    act: Act
    passage: str
    at: int = Field(ge=0)
    """Characters of the passage before the place."""


def draw(
    path: Sequence[PassageView],
    shown: Sequence[Sequence[Run]],
    choices: dict[Act, str],
    take: Callable[[Picked], None],
) -> None:
    """`shown` is the text of `path` as the page has it; of nothing, no place can be chosen."""
    data = {
        "places": [
            (each.id, max(len(each.text) - sum(len(text) for text, _ in runs), 0))
            for each, runs in zip(path, shown, strict=False)
        ],
        "choices": list(choices.items()),
        "leaves": Act.BRANCH in choices,
    }
    _picker(key=_KEY, data=data, on_picked_change=partial(_taken, take))


def _taken(take: Callable[[Picked], None]) -> None:
    choice = told(_KEY, "picked")
    if choice is None:
        return
    try:
        picked = Picked.model_validate(choice)
    except ValidationError as error:
        log.warning("a place that is none was chosen", reason=str(error))
    else:
        take(picked)
