"""Editing in place: the text as fields, one for each passage, saved as new passages beside the old.

What is typed is kept until it is saved or discarded, whatever happens to the story meanwhile; but
the tab keeps it, so that a browser's refresh loses it.
"""

import streamlit as st
from pydantic import ValidationError

from services.ui.findings import refused_input
from services.ui.problems import ApiError
from services.ui.state import Editing, PageState, api_client, page_state
from services.ui.writing import steps, tree
from services.ui.writing.address import Address
from services.ui.writing.opening import PATIENCE_SECONDS, Opened
from shared.errors import ErrorCode
from shared.library import Edit, StoryView


def begin(opened: Opened) -> None:
    path = tree.path_to(opened.story, opened.passage)
    state = page_state()
    state.refused = None
    editing = Editing(
        story_id=opened.story.id,
        leaf_id=opened.passage.id,
        version=opened.story.version,
        texts=[each.text for each in path],
    )
    state.editings[opened.story.id] = editing
    for number, text in enumerate(editing.texts):
        st.session_state[_key(editing, number)] = text


def draw(editing: Editing) -> None:
    count = len(editing.texts)
    with st.container(key="editing"):
        for number, text in enumerate(editing.texts):
            st.session_state.setdefault(_key(editing, number), text)
            editing.texts[number] = st.text_area(
                f"Passage {number + 1} of {count}", key=_key(editing, number), height="content"
            )
    with st.container(key="toolbar", horizontal=True, gap="xsmall"):
        st.button("Save", key="save", type="primary", on_click=_save, args=(editing,))
        st.button("Discard", key="discard", on_click=_discard, args=(editing,))


def _save(editing: Editing) -> None:
    state = page_state()
    state.refused = None
    editing.texts = [
        st.session_state.get(_key(editing, number), text)
        for number, text in enumerate(editing.texts)
    ]
    try:
        story = _save_all(state, editing)
    except ValidationError as error:
        state.refused = refused_input(error)
    except ApiError as error:
        state.refused = error
        if error.code == ErrorCode.VERSION_STALE:
            _catch_up(state, editing)
    else:
        del state.editings[editing.story_id]
        leaf = tree.passage_of(story, editing.leaf_id)
        assert leaf is not None, "passages are never deleted"
        steps.go(Address(story.id, leaf.id, tree.job_of(story, leaf)))


def _save_all(state: PageState, editing: Editing) -> StoryView:
    """The last passage first, so that each carries what follows it, edited or not.

    When this raises, `editing` stands where saving has come to, and can be saved again.
    """
    stories = api_client().stories
    story = stories.read(editing.story_id)
    left = editing.leaf_id
    for number in reversed(range(len(editing.texts))):
        leaf = tree.passage_of(story, editing.leaf_id)
        assert leaf is not None, "passages are never deleted"
        passage = tree.path_to(story, leaf)[number]
        if passage.text == editing.texts[number]:
            continue
        is_last = passage.id == editing.leaf_id
        edit = Edit(text=editing.texts[number], through=None if is_last else editing.leaf_id)
        seen = story.model_copy(update={"version": editing.version})
        made = stories.edit(seen, passage.id, edit)
        story = stories.read(editing.story_id)
        editing.leaf_id = tree.newest_leaf(story, tree.passage_of(story, made.id)).id
        editing.version = story.version
    if editing.leaf_id != left:
        state.history_of(story.id).leave(left)
    return story


def _catch_up(state: PageState, editing: Editing) -> None:
    """Somebody changed the story meanwhile. Passages only ever come to it: the edit still fits."""
    try:
        state.opened = api_client().stories.read(editing.story_id, within=PATIENCE_SECONDS)
    except ApiError:
        return  # The next attempt to save is told so again.
    editing.version = state.opened.version


def _discard(editing: Editing) -> None:
    state = page_state()
    state.refused = None
    del state.editings[editing.story_id]


def _key(editing: Editing, number: int) -> str:
    return f"edit_{editing.story_id}_{number}"
