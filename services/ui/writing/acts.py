"""What the page's buttons do: each asks the API for something new and goes there.

Nothing is ever overwritten or deleted. Run as callbacks, before the page is drawn.
"""

from dataclasses import replace

import streamlit as st
from pydantic import ValidationError

from services.ui.findings import refused_input
from services.ui.retitling import retitle
from services.ui.state import PageState, api_client, page_state
from services.ui.writing import edits, fields, steps, tree
from services.ui.writing.address import Address
from services.ui.writing.opening import Opened
from services.ui.writing.wishes import Wish, fulfil, key_of, told_by_fields
from shared.client.errors import ApiError
from shared.library import NewStory, PassageView, StoryView

BRANCH = "branch"


def begin() -> None:
    """A new story from what stands in the fields."""
    state = page_state()
    wish = told_by_fields("begin")

    def act() -> Address:
        new = NewStory(request=state.sheet.request())
        story = api_client().stories.create(new, idempotency_key=key_of(state, wish))
        state.filled_for = state.begun_story = story.id
        passage = tree.newest_leaf(story)
        return Address(story.id, passage.id, passage.job_id)

    fulfil(wish, act)


def tell_on(opened: Opened) -> None:
    state = page_state()
    wish = told_by_fields("continue", opened.passage.id)
    fulfil(wish, lambda: _told_on(state, opened, wish))


def retry(opened: Opened) -> None:
    state = page_state()
    wish = told_by_fields("retry", opened.passage.id)

    def act() -> Address:
        telling = state.sheet.telling(draws_seed=True)
        passage = api_client().stories.retry(
            opened.story.id, opened.passage.id, telling, idempotency_key=key_of(state, wish)
        )
        return _told(state, opened, passage)

    fulfil(wish, act)


def branch(opened: Opened, left: PassageView, at: int, *, tells_on: bool) -> None:
    """Leave a passage of the text at a character, and go on from there if that is wished."""
    state = page_state()
    going_on = told_by_fields("continue")

    def act() -> Address:
        stories = api_client().stories
        passage = left
        if at < len(left.text):
            # Passages never change: a branch fits whatever came to the story since it was read.
            story = stories.read(opened.story.id)
            made = tree.branch_of(story, left, at)
            passage = made or stories.branch(story, left.id, at)
        if tells_on:
            try:
                return _told_on(state, opened, replace(going_on, where=passage.id))
            except ValidationError as error:
                state.refused = refused_input(error)
            except ApiError as error:
                state.refused = error
        # The branch is there, whatever became of going on.
        state.history_of(opened.story.id).leave(opened.passage.id)
        return Address(opened.story.id, passage.id)

    fulfil(Wish(BRANCH, f"{left.id} {at} {tells_on}"), act)


def go_to(opened: Opened, passage: PassageView) -> None:
    """Another passage that exists already; Undo comes back."""
    state = page_state()
    state.refused = None
    state.history_of(opened.story.id).leave(opened.passage.id)
    steps.go(opened.address(passage))


def undo(opened: Opened) -> None:
    parent = tree.parent_in_text(opened.story, opened.passage)
    history = page_state().history_of(opened.story.id)
    _step(opened, history.undo(opened.passage.id, parent.id if parent else None))


def redo(opened: Opened) -> None:
    child = tree.newest_child(opened.story, opened.passage)
    history = page_state().history_of(opened.story.id)
    _step(opened, history.redo(opened.passage.id, child.id if child else None))


def stop(job_ids: tuple[str, ...]) -> None:
    state = page_state()
    state.stop_refused = None
    for job_id in job_ids:
        try:
            api_client().jobs.cancel(job_id)
        except ApiError as error:
            state.stop_refused = error
        else:
            state.stopping.add(job_id)


def rename(story: StoryView, key: str) -> None:
    """Under the title that stands in the field with this key."""
    state = page_state()
    state.refused = state.typed_title = None
    title: str = st.session_state[key]
    try:
        renamed = retitle(api_client().stories, story, title)
    except ValidationError as error:
        state.refused = refused_input(error)
    except ApiError as error:
        state.refused, state.typed_title = error, title
    else:
        state.opened = renamed
        edits.keep_up(state, renamed)


def take_typed_title(key: str) -> None:
    """Into the field again, which shows what the story is called."""
    state = page_state()
    st.session_state[key] = state.typed_title
    assert state.opened is not None, "its title was typed"
    rename(state.opened, key)


def restore(story_id: str) -> None:
    state = page_state()
    state.refused = None
    try:
        api_client().stories.restore(story_id)
    except ApiError as error:
        state.refused = error


def new_story() -> None:
    """Leave this one, which stays in the library. The controls stay as they are."""
    state = page_state()
    state.refused = state.typed_title = None
    sheet = fields.keep(state)
    sheet.story_seed = ""
    fields.fill(state, sheet)
    steps.go(Address())


def _told_on(state: PageState, opened: Opened, wish: Wish) -> Address:
    """From the passage that the wish names, whichever is open: who asks again does so there."""
    made = api_client().stories.tell_on(
        opened.story.id, wish.where, state.sheet.telling(), idempotency_key=key_of(state, wish)
    )
    return _told(state, opened, made)


def _told(state: PageState, opened: Opened, passage: PassageView) -> Address:
    state.history_of(opened.story.id).leave(opened.passage.id)
    return Address(opened.story.id, passage.id, passage.job_id)


def _step(opened: Opened, target_id: str | None) -> None:
    page_state().refused = None
    target = tree.passage_of(opened.story, target_id)
    if target is not None:
        steps.go(opened.address(target))
