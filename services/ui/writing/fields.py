"""Which widget holds which field of the sheet, and the sheet that they make together."""

from dataclasses import fields

import streamlit as st

from services.ui.state import PageState
from services.ui.writing.sheet import Sheet


def key(name: str) -> str:
    return f"sheet_{name}"


def prepare(state: PageState, page: str) -> None:
    """Widgets that another page, or nobody yet, had no use for say again what they said last.

    On the first run of another page those of the page before are still known, but give it nothing.
    """
    if state.fields_of != page:
        state.fields_of = page
        fill(state, state.sheet)
    for each in fields(Sheet):
        st.session_state.setdefault(key(each.name), getattr(state.sheet, each.name))


def fill(state: PageState, sheet: Sheet) -> None:
    """Only before the widgets are drawn."""
    state.sheet = sheet
    for each in fields(Sheet):
        st.session_state[key(each.name)] = getattr(sheet, each.name)


def keep(state: PageState) -> Sheet:
    """What the widgets say now, also while a press of a button is handled."""
    said = {
        each.name: st.session_state.get(key(each.name), getattr(state.sheet, each.name))
        for each in fields(Sheet)
    }
    state.sheet = Sheet(**said)
    return state.sheet
