"""The page around one open story: its title, its text, and what can be done with it."""

import streamlit as st

from services.ui import components, wording
from services.ui.feedback import feedback_panel
from services.ui.state import PageState
from services.ui.writing import acts, drafts, editing, live, news, telling, toolbar, tree
from services.ui.writing.address import Address
from services.ui.writing.opening import Opened
from services.ui.writing.picking import Act, Picked
from shared.library import TITLE_MAX_CHARS

_TITLE = "title"
_COLOURS = "colours"


def draw(state: PageState, opened: Opened, address: Address) -> bool:
    """Tell whether the passage that would be continued is still being written."""
    _title(state, opened)
    if opened.story.deleted_at is not None:
        _deleted(opened)
        return False
    edited = state.editings.get(opened.story.id)
    side_by_side = drafts.chosen(opened, address)
    with st.container(key="above", horizontal=True, vertical_alignment="center"):
        coloured = st.toggle("Colour by origin", key=_COLOURS, disabled=edited is not None)
        _length(opened)
        new_story()
    if edited is not None:
        editing.draw(state, opened, edited)
    elif side_by_side:
        parent = tree.parent_in_text(opened.story, side_by_side[0])
        path = tree.path_to(opened.story, parent) if parent else []
        live.draw_tail(opened, path, coloured=coloured)
        news.draw(state)
        drafts.draw(state, opened, side_by_side)
    else:
        # Looked at once: a story may end at any moment, and half a page must not know it yet.
        story = telling.story_of(state, opened.story, opened.passage)
        is_live = not story.phase.is_final
        live.draw(opened, story, coloured=coloured, take=lambda picked: _take(opened, picked))
        toolbar.draw(state, opened, live=is_live)
        if not is_live:
            _opinion(opened)
        return is_live
    return False


def _length(opened: Opened) -> None:
    """Of the whole text, while nobody adds to it."""
    path = tree.path_to(opened.story, opened.passage)
    is_still = opened.passage.status is None or opened.passage.status.is_terminal
    if is_still and tree.text_of(path).strip():
        components.hint(wording.length(path))


def _take(opened: Opened, picked: Picked) -> None:
    """Do what was chosen at a place in the text."""
    passage = tree.passage_of(opened.story, picked.passage)
    assert passage is not None, "passages are never deleted"
    if picked.act is Act.EDIT:
        editing.begin(opened, passage)
    elif picked.at > 0:
        acts.branch(opened, passage, picked.at, tells_on=picked.act is Act.BRANCH_ON)


def new_story() -> None:
    st.button("New story", key="new_story", on_click=acts.new_story)


def _opinion(opened: Opened) -> None:
    """On what a job wrote, also where a part of it stands. An edit is the reader's own."""
    job_id = opened.passage.job_id
    if job_id is not None:
        with st.expander("What do you think of this passage?"):
            feedback_panel(job_id, key="opinion")


def _title(state: PageState, opened: Opened) -> None:
    """A heading for those who listen; the field that shows it changes it."""
    components.unseen_heading(opened.story.title)
    if state.shown_title != opened.story.title or _TITLE not in st.session_state:
        st.session_state[_TITLE] = state.shown_title = opened.story.title
    st.text_input(
        "Title",
        key=_TITLE,
        label_visibility="collapsed",
        on_change=acts.rename,
        args=(opened.story, _TITLE),
        max_chars=TITLE_MAX_CHARS,
        disabled=opened.story.deleted_at is not None,
    )
    with st.container(key="other_title"):
        if state.typed_title is not None:
            components.remark(f"The title that you typed: {state.typed_title}")
            st.button("Use it", key="typed_title", on_click=acts.take_typed_title, args=(_TITLE,))


def _deleted(opened: Opened) -> None:
    components.remark("This story is deleted. Restore it to go on with it.")
    st.button("Restore", key="restore", on_click=acts.restore, args=(opened.story.id,))
    live.draw_still(opened)
