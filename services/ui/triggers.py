"""What a page's scripts tell. Knows no page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

_LEAVING = Path(__file__).with_name("leaving.js").read_text()


def component(name: str, script: Path) -> Callable[..., Any]:
    """What `script` draws and tells. It may use what `leaving.js` declares."""
    js = _LEAVING + script.read_text()
    return st.components.v2.component(name, js=js, isolate_styles=False)


def told(key: str, name: str) -> object | None:
    """By the component with this key, with its trigger of this name, for the callback of that.

    None if the page that had it was left meanwhile: Streamlit still calls, and has dropped it.
    """
    state = st.session_state.get(key)
    return None if state is None else state.get(name)
