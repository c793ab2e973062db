"""Where a reader stands on the page: scrolled to, and with the keyboard."""

from pathlib import Path

import streamlit as st

_place = st.components.v2.component(
    "once_place", js=Path(__file__).with_name("placing.js").read_text(), isolate_styles=False
)


def keep(story_id: str | None) -> None:
    """A story is opened at its end; who reads another part of it stays there."""
    _place(key="place", data={"story": story_id or ""})
