"""Where a reader stands on the page: scrolled to, and with the keyboard."""

from pathlib import Path

from services.ui.state import PageState
from services.ui.triggers import component

_place = component("once_place", Path(__file__).with_name("placing.js"))


def keep(state: PageState, story_id: str | None) -> None:
    """A story is opened at its end; who reads another part of it stays there."""
    data = {
        "story": story_id or "",
        "passage": state.edited_passage,
        "given_up": state.edits_given_up,
    }
    _place(key="place", data=data)
