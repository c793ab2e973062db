"""The two stories side by side, live, and without a word on what they were made from."""

from html import escape

import streamlit as st

from services.ui import components
from services.ui.comparing.pair import ComparingState, Pair, blind, is_over
from services.ui.problems import ApiError
from services.ui.reader import Reader
from services.ui.state import api_client, reader_of
from services.ui.story import Story


def stage(state: ComparingState, pair: Pair, *, was_live: bool) -> None:
    a, b = reader_of(pair.a), reader_of(pair.b)
    if was_live and is_over(a.story, b.story):
        st.rerun()  # Now there is something to vote on.
    job = a.story.job or b.story.job
    st.html(f'<p class="once-seed" dir="auto">{escape(job.request.story_seed) if job else ""}</p>')
    if was_live:
        st.button("Stop both", on_click=_stop, args=(state, pair), disabled=state.stopping == pair)
    for column, letter, reader in zip(st.columns(2, gap="medium"), "AB", (a, b), strict=True):
        with column:
            _side(letter, reader, stopping=state.stopping == pair)


def _side(letter: str, reader: Reader, *, stopping: bool) -> None:
    story = blind(reader.story)
    st.html(f'<h2 class="once-side">Story {letter}</h2>')
    components.status_line(
        story,
        stopping=stopping,
        trouble=reader.trouble,
        silent_seconds=reader.silent_seconds,
    )
    components.story_error(story)
    if story.text or not story.phase.is_final:
        _page(letter, story)


def _page(letter: str, story: Story) -> None:
    state = "" if story.phase.is_final else " once-live"
    st.html(
        f'<article class="once-page{state}" aria-label="Story {letter}" aria-busy="{bool(state)}">'
        f'<div class="once-text" dir="auto">{escape(story.text.lstrip())}</div></article>'
    )


def _stop(state: ComparingState, pair: Pair) -> None:
    state.refused = None
    try:
        api_client().jobs.cancel(pair.a)
        api_client().jobs.cancel(pair.b)
    except ApiError as error:
        state.refused = error
    else:
        state.stopping = pair
