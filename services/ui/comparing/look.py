"""What only the comparing page looks like; the rest is in `style.py`."""

import streamlit as st

_CSS = """
<style>
.once-side { font-size: 1.25rem; padding: 0; margin: 0; }
.once-facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; margin: 0;
  padding: 0 !important; font-variant-numeric: tabular-nums; }
.once-facts dt { opacity: 0.8; }
.once-facts dd { margin: 0 !important; overflow-wrap: anywhere; }
.once-drawn { margin-top: 0.4rem; }
.once-drawn summary { cursor: pointer; padding: 0.3rem 0; width: max-content; }
</style>
"""


def apply() -> None:
    st.html(_CSS)
