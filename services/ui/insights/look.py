"""What only the insights page looks like; the rest is in `style.py`."""

import streamlit as st

_CSS = """
<style>
.once-subsection { font-size: 1.15rem; font-weight: 600; padding: 0; margin: 0.8rem 0 0; }
.once-model { margin: 0; overflow-wrap: anywhere; max-width: 50rem; }
.once-table { overflow-x: auto; }
.once-table:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
.once-table table { border-collapse: collapse; font-size: 0.9rem;
  font-variant-numeric: tabular-nums; margin: 0; }
.once-table th, .once-table td { border: 0; padding: 0.4rem 1.2rem 0.4rem 0; text-align: left;
  vertical-align: top; min-width: 5.5rem; max-width: 22rem; overflow-wrap: anywhere;
  border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent); }
.once-table td { overflow-wrap: break-word; }
.once-table thead th { font-weight: 600; vertical-align: bottom; }
.once-table tbody th { font-weight: 400; min-width: 9rem; }
.once-numbers summary { cursor: pointer; padding: 0.3rem 0; width: max-content; max-width: 100%; }
.once-says { margin: 0; padding: 0 !important; max-width: 50rem; }
.once-says dt { font-weight: 600; margin-top: 0.5rem; }
.once-says dd { margin: 0 !important; overflow-wrap: anywhere; }
.once-sample { max-width: 40rem; margin: 0 0 1.6rem; }
.once-sample h3 { font-size: 1.05rem; padding: 0; overflow-wrap: anywhere; }
.once-sample p { margin: 0.1rem 0 0.6rem; font-size: 0.9rem; opacity: 0.8; }
.once-sample .once-text { font-size: 1.02rem; line-height: 1.6; margin: 0; }
</style>
"""


def apply() -> None:
    st.html(_CSS)
