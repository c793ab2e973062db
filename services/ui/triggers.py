"""What a page's scripts tell. Knows no page."""

import streamlit as st


def told(key: str, name: str) -> object | None:
    """By the component with this key, with its trigger of this name, for the callback of that.

    None if the page that had it was left meanwhile: Streamlit still calls, and has dropped it.
    """
    component = st.session_state.get(key)
    return None if component is None else component.get(name)
