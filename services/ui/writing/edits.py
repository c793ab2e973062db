"""What is typed over passages: where its fields keep it, and how it comes back into them."""

import re

import streamlit as st

from services.ui.state import Editing, PageState, page_state
from services.ui.writing import tree
from shared.library import PassageView, StoryView

_BLANK_LINES = re.compile(r"\A(?:[^\S\n]*\n)+")


def field(editing: Editing, number: int) -> str:
    """The widget's key."""
    return f"edit_{editing.story_id}_{number}"


def parted(text: str) -> tuple[str, str]:
    """The blank lines that part a passage from the one before, and the rest of it."""
    rest = _BLANK_LINES.sub("", text)
    return text[: len(text) - len(rest)], rest


def hear(editing: Editing) -> None:
    """What the fields say, also while a press of a button is handled."""
    editing.texts = [
        st.session_state.get(field(editing, number), text)
        for number, text in enumerate(editing.texts)
    ]


def take_up(editing: Editing) -> None:
    """A new edit, or one that lay somewhere else: its fields begin with what it says."""
    state = page_state()
    state.discarded = None
    state.editings[editing.story_id] = editing
    for number in range(len(editing.texts)):
        st.session_state.pop(field(editing, number), None)


def keep_up(state: PageState, renamed: StoryView) -> None:
    """One's own title is nobody else's change of the story that one edits."""
    editing = state.editings.get(renamed.id)
    if editing is not None and editing.version == renamed.version - 1:
        editing.version = renamed.version


def bring_back() -> None:
    """The edit that was discarded last."""
    discarded = page_state().discarded
    if discarded is not None:  # The first of two clicks has brought it back.
        take_up(discarded)


def is_unsaved(editing: Editing, story: StoryView) -> bool:
    """Whether the story has the passages that are edited, and no new ones that say what is typed.

    Who saves an edit and refreshes at once gives it back before the tab has heard that it is saved.
    """
    leaf = tree.passage_of(story, editing.leaf_id)
    if leaf is None or len(tree.path_to(story, leaf)) != len(editing.texts):
        return False
    return all(
        [each.text for each in tree.path_to(story, passage)] != editing.passages
        for passage in _new(editing, story)
    )


def saved_before(editing: Editing, story: StoryView, number: int) -> PassageView | None:
    """What this passage of the edit became already, if all that is typed follows on it.

    Who saves an edit and gets no answer does not know that the story has it.
    """
    leaf = tree.passage_of(story, editing.leaf_id)
    assert leaf is not None, "passages are never deleted"
    edited = tree.path_to(story, leaf)[number]
    for new in _new(editing, story):
        end = tree.path_to(story, new)[number:]
        said = [each.text for each in end] == editing.passages[number:]
        if said and (end[0].revises_id, end[0].parent_id) == (edited.id, edited.parent_id):
            return end[0]
    return None


def _new(editing: Editing, story: StoryView) -> list[PassageView]:
    return [each for each in story.passages if each.id not in editing.seen_ids]
