"""The comparing page: two stories for one prompt side by side, one vote, then what they were.

Until the vote nothing on the page or in the address tells which request a story came from: not the
seed, not the model, not the order. The address names the jobs as they are shown (`?a=`, `?b=`) and
the API knows the vote, so that a refresh changes neither.
"""

import streamlit as st

from services.ui import components
from services.ui.comparing import look
from services.ui.comparing.asking import ask, begin_and_show
from services.ui.comparing.ballot import ballot, vote_on
from services.ui.comparing.pair import ComparingState, Pair, again, can_be_judged, is_over
from services.ui.comparing.reveal import reveal
from services.ui.comparing.stage import stage
from services.ui.state import page_state, read_anew, reader_of
from services.ui.story import Phase, Story
from shared.client.errors import ApiError

_HEADING = """
<header class="once-heading"><h1>Compare</h1><p>Two tales for one seed, told blind.</p></header>
"""


def page() -> None:
    look.apply()
    st.html(_HEADING)
    state = page_state().comparing
    a, b = st.query_params.get("a"), st.query_params.get("b")
    if a and b and a != b:
        _show(state, Pair(a, b))
    else:
        ask(state)
    if state.begun is not None:
        state.begun.shown.note()


def _show(state: ComparingState, pair: Pair) -> None:
    # Looked at once: a story may end at any moment, and half a page must not know it yet.
    a, b = reader_of(pair.a).story, reader_of(pair.b).story
    stage(state, pair, a, b)
    is_live = not is_over(a, b)
    if is_live:
        ballot(state, pair, is_open=False)
    elif can_be_judged(a, b):
        _judge(state, pair)
    else:
        _no_vote(state, pair, a, b)
    if state.refused is not None:
        components.notice(state.refused)
    if not is_live and st.button("Compare two others"):
        state.refused = None
        st.query_params.clear()
        st.rerun()


def _judge(state: ComparingState, pair: Pair) -> None:
    try:
        vote = vote_on(state, pair)
    except ApiError as error:
        components.notice(error)
        st.button("Try again")  # Any run of the page asks again.
        return
    if vote is None:
        ballot(state, pair, is_open=True)
    else:
        reveal(state, pair, vote)


def _no_vote(state: ComparingState, pair: Pair, a: Story, b: Story) -> None:
    """What can be done about two stories that are not both there."""
    components.hint("Without two stories there is nothing to vote on.")
    if Phase.LOST in (a.phase, b.phase):
        if st.button("Read again"):
            for job_id in (pair.a, pair.b):
                read_anew(job_id)
            st.rerun()
    elif a.job and b.job and st.button("Try again", type="primary"):
        two = (a.job.request, b.job.request)
        begin_and_show(state, two, again(*two))


if __name__ == "__main__":
    page()
