"""What is typed over passages: where its fields keep it, and how it comes back into them."""

import streamlit as st

from services.ui.state import Editing, page_state


def field(editing: Editing, number: int) -> str:
    """The widget's key."""
    return f"edit_{editing.story_id}_{number}"


def hear(editing: Editing) -> None:
    """What the fields say, also while a press of a button is handled."""
    editing.texts = [
        st.session_state.get(field(editing, number), text)
        for number, text in enumerate(editing.texts)
    ]


def take_up(editing: Editing) -> None:
    """A new edit, or one that lay somewhere else: its fields begin with what it says."""
    state = page_state()
    state.discarded = None
    state.editings[editing.story_id] = editing
    for number in range(len(editing.texts)):
        st.session_state.pop(field(editing, number), None)


def bring_back() -> None:
    """The edit that was discarded last."""
    discarded = page_state().discarded
    assert discarded is not None, "the button that leads here shows it"
    take_up(discarded)
