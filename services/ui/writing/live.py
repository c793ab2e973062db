"""The text and its status line: a fragment that looks at the reader and touches nothing else."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from services.ui import components, wording
from services.ui.problems import ApiError
from services.ui.state import PageState, page_state, reader_of
from services.ui.story import Phase, Story
from services.ui.writing import acts, book, telling, tree
from services.ui.writing.opening import Opened
from services.ui.writing.origins import Piece, pieces_of, without_lead
from shared.library import Origin, PassageView

LOOK_EVERY_SECONDS = 0.1
SETTLES_SECONDS = 0.7
"""By then the last look that was on its way when a story ended has come."""


@dataclass(frozen=True, slots=True)
class Before:
    """What stands on the page before the passage that may grow."""

    seed: str
    text: str
    html: str


def draw(opened: Opened, *, live: bool, coloured: bool) -> None:
    path = tree.path_to(opened.story, opened.passage)
    before = _before(opened, path[:-1], coloured=coloured)
    every = LOOK_EVERY_SECONDS if live else None
    st.fragment(_told, run_every=every)(opened, before, was_live=live, coloured=coloured)


def settle(state: PageState) -> None:
    """Draw the page once more after an ending: a look that comes while it is drawn takes away some
    of its buttons (seen in one of four stops, without a cause found).
    """
    if state.settles_at is not None:
        st.fragment(_settle, run_every=SETTLES_SECONDS / 2)(state)


def _settle(state: PageState) -> None:
    if state.settles_at is not None and time.monotonic() > state.settles_at:
        state.settles_at = None
        st.rerun()


def draw_still(opened: Opened) -> None:
    """The text of a story that nothing can change."""
    before = _before(opened, tree.path_to(opened.story, opened.passage), coloured=False)
    st.html(book.page_html(before.seed, before.html, live=False, coloured=False))


def draw_tail(opened: Opened, path: Sequence[PassageView], *, coloured: bool) -> None:
    """What drafts go on from."""
    before = _before(opened, path, coloured=coloured)
    st.html(book.tail_html(before.seed, before.html, coloured=coloured))


def draw_bare(job_id: str) -> None:
    """A job that is no story of the library (yet)."""
    live = not telling.follow(page_state(), job_id).phase.is_final
    st.fragment(_told_bare, run_every=LOOK_EVERY_SECONDS if live else None)(job_id, was_live=live)


def _before(opened: Opened, path: Sequence[PassageView], *, coloured: bool) -> Before:
    text = tree.text_of(path)
    html = ""
    begun = False
    for passage in path:
        pieces = pieces_of(opened.story, passage)
        if not begun:
            pieces = without_lead(pieces)
            begun = bool(pieces)
        html += book.passage_html(pieces, coloured=coloured)
    return Before(opened.story.story_seed, text, html)


def _told(opened: Opened, before: Before, *, was_live: bool, coloured: bool) -> None:
    state = page_state()
    story = telling.story_of(state, opened.story, opened.passage)
    if was_live and story.phase.is_final:
        state.settles_at = time.monotonic() + SETTLES_SECONDS
        st.rerun()  # The toolbar and the polling change with the ending.
    passage = opened.passage
    pieces = [Piece(story.text, passage.origin)]
    if passage.origin is Origin.EDIT:
        pieces = pieces_of(opened.story, passage)
    if not before.text.strip():
        pieces = without_lead(pieces)
    html = before.html
    if passage.parent_id is not None:  # The seed is no part of the text.
        html += book.passage_html(pieces, coloured=coloured)
    job_id = tree.job_of(opened.story, passage)
    if story.text or before.text or story.phase not in (Phase.LOST, Phase.FAILED):
        note = wording.picked_up(story, before.text)
        st.html(book.page_html(before.seed, html, live=was_live, coloured=coloured, note=note))
    if job_id is None:
        with _status_row():
            components.say(wording.at_rest(story.text), "done")
    else:
        _status(state, job_id, story, was_live=was_live)


def _told_bare(job_id: str, *, was_live: bool) -> None:
    state = page_state()
    story = telling.follow(state, job_id)
    if was_live and story.phase.is_final:
        st.rerun()
    if story.text or story.phase not in (Phase.LOST, Phase.FAILED):
        seed = story.job.request.story_seed if story.job else ""
        pieces = without_lead([Piece(story.text, Origin.MODEL)])
        html = book.passage_html(pieces, coloured=False)
        note = wording.picked_up(story)
        st.html(book.page_html(seed, html, live=was_live, coloured=False, note=note))
    _status(state, job_id, story, was_live=was_live)


def _status(state: PageState, job_id: str, story: Story, *, was_live: bool) -> None:
    components.story_error(story)
    if was_live and state.stop_refused is not None:
        components.notice(state.stop_refused)
    trouble, silent_seconds = _connection(state, job_id)
    with _status_row():
        components.status_line(
            story,
            stopping=job_id in state.stopping,
            trouble=trouble,
            silent_seconds=silent_seconds,
        )
        if was_live:
            st.button(
                "Stop",
                key="stop",
                on_click=acts.stop,
                args=((job_id,),),
                disabled=job_id in state.stopping,
                shortcut="Alt+S",
                help="What is written stays. (Alt+S)",
            )
        elif story.phase is Phase.LOST and st.button("Try again", key="try_again"):
            telling.follow_anew(state, job_id)
            st.rerun()


def _connection(state: PageState, job_id: str) -> tuple[ApiError | None, float]:
    if job_id not in state.followed:
        return None, 0.0
    reader = reader_of(job_id)
    return reader.trouble, reader.silent_seconds


def _status_row() -> st.delta_generator.DeltaGenerator:
    return st.container(key="status", horizontal=True, vertical_alignment="center")
