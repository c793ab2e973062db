"""Editing in place: the last passage as a field, and on demand those before it.

Saving makes new passages beside the old. What is typed is kept until it is saved or discarded,
whatever happens to the story meanwhile.
"""

from collections.abc import Sequence
from html import escape

import streamlit as st
from pydantic import ValidationError

from services.ui import components
from services.ui.findings import refused_input
from services.ui.state import Editing, PageState, api_client, page_state
from services.ui.writing import edits, live, news, steps, tree
from services.ui.writing.address import Address
from services.ui.writing.opening import PATIENCE_SECONDS, Opened
from services.ui.writing.picking import Picked
from shared.client.errors import ApiError
from shared.errors import ErrorCode
from shared.library import Edit, PassageView, StoryView


def begin(opened: Opened, passage: PassageView | None = None) -> None:
    """Of this passage of the text, by default its last."""
    path = tree.path_to(opened.story, opened.passage)
    number = path.index(passage) if passage is not None else len(path) - 1
    state = page_state()
    state.refused = None
    parted = [edits.parted(each.text) for each in path]
    editing = Editing(
        story_id=opened.story.id,
        leaf_id=opened.passage.id,
        version=opened.story.version,
        texts=[text for _, text in parted],
        leads=[lead for lead, _ in parted],
        first=number,
        last=number,
        seen_ids=[each.id for each in opened.story.passages],
    )
    edits.take_up(editing)
    _catch_up(state, editing)  # The page may have been drawn long ago.


def draw(state: PageState, opened: Opened, editing: Editing) -> None:
    """The passages that are not typed over stand before and behind the fields, as they are."""
    leaf = tree.passage_of(opened.story, editing.leaf_id)
    path = tree.path_to(opened.story, leaf) if leaf is not None else []
    live.draw_before(
        opened, path[: editing.first], take=lambda picked: _edit_from(editing, picked, path)
    )
    news.draw(state)
    with st.container(key="editing"):
        if editing.first:
            st.button("Edit the passage before too", on_click=_before, args=(editing,))
        for number in range(editing.first, editing.last + 1):
            key = edits.field(editing, number)
            st.session_state.setdefault(key, editing.texts[number])
            editing.texts[number] = st.text_area(editing.label(number), key=key, height="content")
        if editing.last + 1 < len(editing.texts):
            st.button("Edit the passage after too", on_click=_after, args=(editing,))
    for passage in _written_meanwhile(opened.story, editing):
        components.remark("Meanwhile somebody else saved this in its place, as another version:")
        st.html(f'<p class="once-cut" dir="auto">{escape(passage.text)}</p>')
    live.draw_behind(opened, path[editing.last + 1 :])
    with st.container(key="toolbar", horizontal=True, gap="xsmall"):
        st.button("Save", key="save", type="primary", on_click=_save, args=(editing.story_id,))
        st.button("Discard", key="discard", on_click=_discard, args=(editing.story_id, path))


def _before(editing: Editing) -> None:
    editing.first = max(editing.first - 1, 0)


def _after(editing: Editing) -> None:
    editing.last = min(editing.last + 1, len(editing.texts) - 1)


def _edit_from(editing: Editing, picked: Picked, path: Sequence[PassageView]) -> None:
    number = [each.id for each in path].index(picked.passage)
    editing.first = min(editing.first, number)


def _written_meanwhile(story: StoryView, editing: Editing) -> list[PassageView]:
    """Other people's versions of what is edited here; none that says what is typed."""
    leaf = tree.passage_of(story, editing.leaf_id)
    path = tree.path_to(story, leaf) if leaf is not None else []
    edited = {each.id for each in path[editing.first : editing.last + 1]}
    known = {*editing.seen_ids, *edited}
    others = (each for each in story.passages if each.text not in editing.passages)
    return [each for each in others if each.id not in known and each.revises_id in edited]


def _save(story_id: str) -> None:
    state = page_state()
    with steps.pressed(state) as start:
        editing = state.editings.get(story_id)
        if editing is None:
            return  # The first of two clicks has saved it.
        state.refused = None
        edits.hear(editing)
        saved = _saved(state, editing)
        if saved is None:
            return
        state.editings.pop(story_id, None)
        steps.lead(state, start, saved)
        state.outcome = _emptied(editing)
    saved.go()


def _saved(state: PageState, editing: Editing) -> Address | None:
    """Where what was typed stands in the story; None if it was refused."""
    try:
        story = _save_all(state, editing)
    except ValidationError as error:
        state.refused = refused_input(error)
    except ApiError as error:
        state.refused = error
        if error.code == ErrorCode.VERSION_STALE:
            _catch_up(state, editing)
    else:
        leaf = tree.passage_of(story, editing.leaf_id)
        assert leaf is not None, "passages are never deleted"
        return Address(story.id, leaf.id, tree.job_of(story, leaf))
    return None


def _emptied(editing: Editing) -> str | None:
    """Nothing is to be seen of a passage without words, so it is told."""
    fields = range(editing.first, editing.last + 1)
    empty = [str(number + 1) for number in fields if not editing.texts[number].strip()]
    if not empty:
        return None
    named = f"passage{'s' if len(empty) > 1 else ''} {' and '.join(empty)}"
    return f"Saved without a word in {named}. Undo brings back what stood there."


def _save_all(state: PageState, editing: Editing) -> StoryView:
    """The last passage first, so that each carries what follows it, edited or not.

    When this raises, `editing` stands where saving has come to, and can be saved again: what was
    saved without an answer is found, and not saved twice.
    """
    stories = api_client().stories
    story = stories.read(editing.story_id)
    left = editing.leaf_id
    for number in reversed(range(len(editing.texts))):
        leaf = tree.passage_of(story, editing.leaf_id)
        assert leaf is not None, "passages are never deleted"
        passage = tree.path_to(story, leaf)[number]
        text = editing.passages[number]
        if passage.text == text:
            continue
        made = edits.saved_before(editing, story, number)
        if made is None:
            is_last = passage.id == editing.leaf_id
            edit = Edit(text=text, through=None if is_last else editing.leaf_id)
            seen = story.model_copy(update={"version": editing.version})
            made = stories.edit(seen, passage.id, edit)
        story = stories.read(editing.story_id)
        editing.leaf_id = tree.newest_leaf(story, tree.passage_of(story, made.id)).id
        editing.version = story.version
    if editing.leaf_id != left:
        state.history_of(story.id).leave(left)
    return story


def _catch_up(state: PageState, editing: Editing) -> None:
    """The story is shown as it is now. Passages only ever come to it: the edit still fits."""
    try:
        state.opened = api_client().stories.read(editing.story_id, within=PATIENCE_SECONDS)
    except ApiError:
        return  # Who saves is told of what changed.
    editing.version = state.opened.version


def _discard(story_id: str, path: Sequence[PassageView]) -> None:
    state = page_state()
    editing = state.editings.get(story_id)
    if editing is None:
        return  # The first of two clicks has discarded it.
    state.refused = state.outcome = None
    edits.hear(editing)
    if editing.passages != [each.text for each in path]:
        state.discarded = editing
    state.edited_passage = editing.first
    state.edits_given_up += 1
    state.editings.pop(story_id, None)
