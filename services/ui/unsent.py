"""Fields of a form, which tells nothing before it is sent: until then the tab keeps them."""

import time
from functools import partial
from pathlib import Path

import streamlit as st

from services.ui.triggers import component, told

_unsent = component("once_unsent", Path(__file__).with_name("unsent.js"))


def keep(
    field: str, *, name: str, kept: str | None, most_chars: int, is_shared: bool = False
) -> None:
    """Keep what is typed into the text widget with the key `field`, for the tab under `name`.

    `kept` is what the service has of it: that is not given back any more. Nor is it, for the
    moment, where another page that shares the field was typed into since.
    """
    key = f"unsent-{name}"
    shown = st.session_state.get(field)
    data = {
        "name": name,
        "field": field,
        "kept": kept,
        "shown": shown,
        "is_shared": is_shared,
        "drawn": time.monotonic(),  # so that the script hears of every run
    }
    _unsent(key=key, data=data, on_typed_change=partial(_give_back, key, field, most_chars))


def _give_back(key: str, field: str, most_chars: int) -> None:
    typed = told(key, "typed")
    if typed is not None:
        st.session_state[field] = str(typed)[:most_chars]
