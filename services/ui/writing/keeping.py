"""What is typed and not yet sent or saved outlives a refresh: the browser's tab keeps it.

Each run of the page tells the tab what stands in the fields; a page that is new to a story is
given back what the tab knows beyond that.
"""

import time
from dataclasses import asdict
from pathlib import Path

import structlog
from pydantic import BaseModel, ValidationError

from services.ui.codes import UiCode
from services.ui.state import Editing, Guessed, PageState, page_state
from services.ui.triggers import component, told
from services.ui.wording import label
from services.ui.writing import edits, fields
from services.ui.writing.sheet import Sheet
from shared.client.errors import ApiError

log = structlog.get_logger()

_KEEPER = "keeper"
_TITLE = "title"
_TYPED_FIELDS = ("story_seed", "memory", "author_note")
_keeper = component("once_keeper", Path(__file__).with_name("keeper.js"))


class Typed(BaseModel):
    """What a tab gives back: it may be old, or not even ours."""

    story: str
    sheet: Sheet
    guessed: Sheet | None = None
    """What the fields were filled with, if nobody could say how the story was told."""
    edit: Editing | None
    title: str | None
    forgotten: bool
    """The page was open all the while, and only the server forgot it."""


def draw(state: PageState, story_id: str | None) -> None:
    """Last on the page, when every field has said what stands in it."""
    edit, guessed = state.editings.get(story_id or ""), state.guessed
    places: dict[str, str | int] = {label(name): name for name in _TYPED_FIELDS}
    if story_id is not None:
        places[label(_TITLE)] = _TITLE
    if edit is not None:
        places |= {edit.label(number): number for number in range(len(edit.texts))}
    data = {
        "story": story_id or "",
        "session": state.session,
        "taken": state.taken_back,
        "in_vain": state.given_back_in_vain,
        "sheet": asdict(state.sheet),
        "guessed": asdict(guessed.sheet) if guessed and guessed.story_id == story_id else None,
        "edit": asdict(edit) if edit else None,
        "title": state.shown_title,
        "typed_title": state.typed_title,
        "is_begun": story_id is not None and story_id == state.begun_story,
        "fields": places,
        "drawn": time.monotonic(),  # so that the script hears of every run
    }
    _keeper(key=_KEEPER, data=data, on_typed_change=_take_back)


def _take_back() -> None:
    state = page_state()
    given = told(_KEEPER, "typed")
    if given is None:
        state.given_back_in_vain += 1
        return
    state.taken_back += 1
    try:
        typed = Typed.model_validate(given)
    except ValidationError as error:
        log.warning("what a tab had kept is of no use", reason=str(error))
        return
    fields.fill(state, typed.sheet.showable())
    state.filled_for = typed.story or None
    state.guessed = Guessed(typed.story, typed.guessed) if typed.guessed else None
    if typed.edit is not None and _fits(state, typed.edit):
        edits.take_up(typed.edit)
    if typed.title is not None and typed.title != state.shown_title:
        state.typed_title = typed.title
    if typed.forgotten:
        state.refused = ApiError(UiCode.FORGOTTEN, "The connection was lost for a while.")


def _fits(state: PageState, edit: Editing) -> bool:
    """An edit of a story that cannot be read now may fit."""
    story = state.opened
    return story is None or story.id != edit.story_id or edits.is_unsaved(edit, story)
