"""The writing page: controls on the side, the story in the middle, live.

The browser follows a story by itself while it is written (`following/`), and the page is run again
when something is pressed or a story ends: typing anywhere on the page is disturbed by nothing.
"""

import streamlit as st

from services.ui import components
from services.ui.state import PageState, page_state
from services.ui.writing import (
    acts,
    budget,
    desk,
    fields,
    keeping,
    live,
    look,
    opening,
    placing,
    steps,
    widgets,
    wishes,
)


def page() -> None:
    look.apply()
    state = page_state()
    fields.prepare(state, "write")
    wishes.forget_refusal(state)
    address = steps.arrived(state)
    placing.keep(state, address.story_id)
    opened = opening.open_story(state, address)
    with st.sidebar:
        widgets.controls()
        widgets.mind()
        what_is_seen = st.container()
        with st.expander(widgets.ADVANCED):
            widgets.sampling()
    is_live = False
    if opened is not None:
        is_live = desk.draw(state, opened, address)
    elif address.story_id is None and address.job_id is not None:
        _bare(state, address.job_id)
    elif address.story_id is not None:
        _missing(state)
    else:
        _hero(state)
    if state.unread is not None and state.unread.is_transient:
        opening.heal(state, address)
    # Last, since it asks the API: nothing on the page has to wait for that.
    with what_is_seen:
        budget.draw(state, opened, live=is_live)
    fields.keep(state)
    keeping.draw(state, opened.story.id if opened else address.story_id)
    if state.sent is not None:
        state.sent.shown.note()


def _hero(state: PageState) -> None:
    with st.container(key="hero"):
        components.heading()
        widgets.story_seed()
        st.button(
            "Write",
            key="write",
            type="primary",
            width="stretch",
            on_click=acts.begin,
            shortcut="Ctrl+Enter",
            help="Ctrl+Enter",
        )
        if state.refused is not None:
            components.notice(state.refused)
        components.remark(
            "Genre, style, length and what the model keeps in mind are on the left; where nothing "
            "stands there, press » at the top."
        )


def _bare(state: PageState, job_id: str) -> None:
    """A job that cannot become a story, or not yet."""
    components.unseen_heading("A story")
    live.draw_bare(job_id)
    desk.new_story()


def _missing(state: PageState) -> None:
    components.unseen_heading("A story")
    if state.unread is not None:
        components.notice(state.unread)
    desk.new_story()


if __name__ == "__main__":
    page()
