"""The two stories side by side, live, and without a word on what they were made from."""

from html import escape

import streamlit as st

from services.ui import components
from services.ui.comparing.pair import ComparingState, Pair, is_over
from services.ui.following import parts
from services.ui.following.parts import Followed
from services.ui.following.sight import Look, Sight
from services.ui.problems import ApiError
from services.ui.reader import Reader
from services.ui.state import api_client, reader_of

_LOOK = Look(is_blind=True)


def stage(state: ComparingState, pair: Pair) -> None:
    a, b = reader_of(pair.a), reader_of(pair.b)
    st.html(f'<p class="once-seed" dir="auto">{escape(_seed(state, pair))}</p>')
    if not is_over(a.story, b.story):
        st.button("Stop both", on_click=_stop, args=(state, pair), disabled=state.stopping == pair)
    for column, letter, reader in zip(st.columns(2, gap="medium"), "AB", (a, b), strict=True):
        with column:
            _side(letter, reader, stopping=state.stopping == pair)


def _seed(state: ComparingState, pair: Pair) -> str:
    """Of both; empty as long as nobody can say it."""
    if pair not in state.seeds:
        try:
            state.seeds[pair] = api_client().jobs.read(pair.a).request.story_seed
        except ApiError:
            return ""  # The stories below tell what is wrong.
    return state.seeds[pair]


def _side(letter: str, reader: Reader, *, stopping: bool) -> None:
    story = reader.story
    sight = Sight.of(story, _LOOK, trouble=reader.trouble, silent_seconds=reader.silent_seconds)
    followed = Followed(sight, reader.job_id, _LOOK)
    st.html(f'<h2 class="once-side">Story {letter}</h2>')
    parts.status_line(followed, key=f"status_{reader.job_id}", stopping=stopping)
    components.story_error(story)
    if story.text or not sight.is_over:
        passages = [[(sight.text, None)]]
        parts.page(followed, passages, key=f"page_{reader.job_id}", label=f"Story {letter}")


def _stop(state: ComparingState, pair: Pair) -> None:
    state.refused = None
    try:
        api_client().jobs.cancel(pair.a)
        api_client().jobs.cancel(pair.b)
    except ApiError as error:
        state.refused = error
    else:
        state.stopping = pair
