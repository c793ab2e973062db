"""Leaving the text within a passage: a slider over its words, and what would be kept of it."""

import streamlit as st

from services.ui import components
from services.ui.state import page_state
from services.ui.writing import acts, book, cuts, tree, wishes
from services.ui.writing.opening import Opened


def popover(opened: Opened, *, disabled: bool) -> None:
    with st.popover("Branch", key="branch", disabled=disabled):
        if not disabled:
            st.fragment(_choose)(opened)


def _choose(opened: Opened) -> None:
    components.hint("A click on a word of the story asks the same.")
    path = tree.path_to(opened.story, opened.passage)
    number = len(path)
    if number > 1:
        number = st.selectbox(
            "Passage",
            range(1, len(path) + 1),
            index=len(path) - 1,
            key=f"branch_of_{opened.passage.id}",
            format_func=lambda each: f"{each} of {len(path)}",
        )
    passage = path[number - 1]
    places = cuts.cuts_of(passage.text)
    if not places:
        st.html("<p>This passage is too short to leave it midway.</p>")
        return
    words = len(places)
    if len(places) > 1:
        words = st.slider(
            "Words to keep", 1, len(places), value=len(places), key=f"branch_at_{passage.id}"
        )
    at = places[words - 1]
    st.html(book.cut_html(cuts.cut_at(passage.text, at)))
    here = st.button("Branch here", key="branch_here")
    on = st.button("Branch and continue", key="branch_on", type="primary")
    if (here or on) and not wishes.has_just_led_to(page_state(), acts.BRANCH, opened.passage.id):
        acts.branch(opened, passage, at, tells_on=on)
        st.rerun()
