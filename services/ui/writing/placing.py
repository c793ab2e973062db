"""Where a reader stands on the page: scrolled to, and with the keyboard."""

from pathlib import Path

import streamlit as st

from services.ui.state import PageState

_place = st.components.v2.component(
    "once_place", js=Path(__file__).with_name("placing.js").read_text(), isolate_styles=False
)


def keep(state: PageState, story_id: str | None) -> None:
    """A story is opened at its end; who reads another part of it stays there."""
    data = {
        "story": story_id or "",
        "passage": state.edited_passage,
        "given_up": state.edits_given_up,
    }
    _place(key="place", data=data)
