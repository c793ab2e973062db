"""What the page's buttons do: each asks the API for something new and goes there.

Nothing is ever overwritten or deleted. Run as callbacks, before the page is drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from pydantic import ValidationError

from services.ui.findings import refused_input
from services.ui.retitling import retitle
from services.ui.state import Sent, api_client, page_state
from services.ui.writing import fields, steps, tree
from services.ui.writing.address import Address
from services.ui.writing.opening import Opened
from shared.client.errors import ApiError
from shared.contract import Contract
from shared.library import NewStory, PassageView, StoryView


@dataclass(frozen=True, slots=True)
class Wish:
    """What a press of a button asks for; a second one at once means the same."""

    act: str
    where: str = ""
    body: Contract | None = None


def begin() -> None:
    """A new story from what stands in the fields."""
    state = page_state()
    try:
        request = fields.keep(state).request()
    except ValidationError as error:
        state.refused = refused_input(error)
        return

    def act() -> Address:
        story = api_client().stories.create(NewStory(request=request))
        state.filled_for = state.begun_story = story.id
        passage = tree.newest_leaf(story)
        return Address(story.id, passage.id, passage.job_id)

    fulfil(Wish("begin", body=request), act)


def tell_on(opened: Opened) -> None:
    def act() -> Address:
        telling = fields.keep(page_state()).telling()
        passage = api_client().stories.tell_on(opened.story.id, opened.passage.id, telling)
        return _told(opened, passage)

    fulfil(Wish("continue", opened.passage.id), act)


def retry(opened: Opened) -> None:
    def act() -> Address:
        telling = fields.keep(page_state()).telling(draws_seed=True)
        passage = api_client().stories.retry(opened.story.id, opened.passage.id, telling)
        return _told(opened, passage)

    fulfil(Wish("retry", opened.passage.id), act)


def branch(opened: Opened, left: PassageView, at: int, *, tells_on: bool) -> None:
    """Leave a passage of the text at a character, and go on from there if that is wished."""
    state = page_state()

    def act() -> Address:
        stories = api_client().stories
        passage = left
        if at < len(left.text):
            # Passages never change: a branch fits whatever came to the story since it was read.
            passage = stories.branch(stories.read(opened.story.id), left.id, at)
        if tells_on:
            try:
                telling = fields.keep(state).telling()
                return _told(opened, stories.tell_on(opened.story.id, passage.id, telling))
            except ValidationError as error:
                state.refused = refused_input(error)
            except ApiError as error:
                state.refused = error
        # The branch is there, whatever became of going on.
        state.history_of(opened.story.id).leave(opened.passage.id)
        return Address(opened.story.id, passage.id)

    fulfil(Wish("branch", f"{left.id} {at} {tells_on}"), act)


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
        state.opened = retitle(api_client().stories, story, title)
    except ValidationError as error:
        state.refused = refused_input(error)
    except ApiError as error:
        state.refused, state.typed_title = error, title


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


def fulfil(wish: Wish, act: Callable[[], Address]) -> None:
    """Do it unless that has just been done, and go where it leads.

    The second click of a double click comes from the page, and the address, before the first.
    """
    state = page_state()
    state.refused = None
    sent = state.sent
    if sent is None or sent.wish != wish or not sent.shown.is_new:
        try:
            sent = Sent(wish, act())
        except ValidationError as error:
            state.refused = refused_input(error)
            return
        except ApiError as error:
            state.refused = error
            return
        state.sent = sent
    steps.go(sent.address)


def _told(opened: Opened, passage: PassageView) -> Address:
    page_state().history_of(opened.story.id).leave(opened.passage.id)
    return Address(opened.story.id, passage.id, passage.job_id)


def _step(opened: Opened, target_id: str | None) -> None:
    page_state().refused = None
    target = tree.passage_of(opened.story, target_id)
    if target is not None:
        steps.go(opened.address(target))
