"""The two stories side by side, live, and without a word on what they were made from."""

from html import escape

import streamlit as st

from services.ui import components
from services.ui.comparing.pair import ComparingState, Pair, is_over
from services.ui.following import parts
from services.ui.following.parts import Followed
from services.ui.following.sight import Look, Sight
from services.ui.state import api_client, reader_of
from services.ui.story import Story
from shared.client.errors import ApiError

_LOOK = Look(is_blind=True)


def stage(state: ComparingState, pair: Pair, a: Story, b: Story) -> None:
    st.html(f'<p class="once-seed" dir="auto">{escape(_seed(state, pair))}</p>')
    # What stands below keeps its place when the button goes: else it is there twice for a moment.
    with st.container():
        if not is_over(a, b):
            is_stopping = state.stopping == pair
            st.button("Stop both", on_click=_stop, args=(state, pair), disabled=is_stopping)
    left, right = st.columns(2, gap="medium")
    with left:
        _side("A", pair.a, a, stopping=state.stopping == pair)
    with right:
        _side("B", pair.b, b, stopping=state.stopping == pair)


def _seed(state: ComparingState, pair: Pair) -> str:
    """Of both; empty as long as nobody can say it."""
    if pair not in state.seeds:
        try:
            state.seeds[pair] = api_client().jobs.read(pair.a).request.story_seed or ""
        except ApiError:
            return ""  # The stories below tell what is wrong.
    return state.seeds[pair]


def _side(letter: str, job_id: str, story: Story, *, stopping: bool) -> None:
    reader = reader_of(job_id)
    sight = Sight.of(story, _LOOK, trouble=reader.trouble, silent_seconds=reader.silent_seconds)
    followed = Followed(sight, job_id, _LOOK)
    st.html(f'<h2 class="once-side">Story {letter}</h2>')
    parts.status_line(followed, key=f"status_{job_id}", stopping=stopping)
    components.story_error(story)
    if story.text or not sight.is_over:
        passages = [[(sight.text, None)]]
        parts.page(followed, passages, key=f"page_{job_id}", label=f"Story {letter}")


def _stop(state: ComparingState, pair: Pair) -> None:
    state.refused = None
    try:
        api_client().jobs.cancel(pair.a)
        api_client().jobs.cancel(pair.b)
    except ApiError as error:
        state.refused = error
    else:
        state.stopping = pair
