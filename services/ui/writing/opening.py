"""Which story the address opens: read anew at each look, kept while the API is away."""

import time
from dataclasses import dataclass
from http import HTTPStatus

import streamlit as st
from pydantic import ValidationError

from services.ui import components
from services.ui.state import Guessed, PageState, api_client
from services.ui.writing import fields, news, tree
from services.ui.writing.address import Address
from services.ui.writing.sheet import Sheet
from shared.client.errors import ApiError, error_of
from shared.errors import ErrorCode
from shared.library import NewStory, PassageView, StoryView
from shared.schemas import GenerateRequest

PATIENCE_SECONDS = 1.5
"""The rest of the page waits this long for an API that says nothing."""
HEAL_EVERY_SECONDS = 2.0
_UNKNOWN_JOB = error_of(
    ErrorCode.UNKNOWN_JOB, "There is no job of yours with this id.", status=HTTPStatus.NOT_FOUND
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A story, and the passage at the end of the text that is shown."""

    story: StoryView
    passage: PassageView

    def address(self, passage: PassageView, *, draft_ids: tuple[str, ...] = ()) -> Address:
        job_id = None if draft_ids else tree.job_of(self.story, passage)
        return Address(self.story.id, passage.id, job_id, draft_ids)


def open_story(state: PageState, address: Address) -> Opened | None:
    """None if no story can be shown: `state.unread` says why, or the address names only a job."""
    state.unread = None
    story = _adopted(state, address) if address.story_id is None else _read(state, address.story_id)
    news.turn_to(state, address.story_id if story is None else story.id)
    if story is None:
        return None
    named = tree.passage_of(story, address.passage_id)
    opened = Opened(story, named or tree.newest_leaf(story))
    if address.story_id is None:
        opened.address(opened.passage).go()
    if state.filled_for != story.id:
        state.typed_title = None
        _fill_fields(state, opened, None)
    elif state.guessed is not None and state.guessed.story_id == story.id:
        _fill_fields(state, opened, state.guessed.sheet)
    return opened


def heal(state: PageState, address: Address) -> None:
    """Look again and again until the API answers, then show the whole page anew."""
    components.remark("This page looks again every few seconds, by itself.")
    st.fragment(_look_again, run_every=HEAL_EVERY_SECONDS)(state, address)


def _look_again(state: PageState, address: Address) -> None:
    if time.monotonic() - state.unread_at < HEAL_EVERY_SECONDS / 2:
        return  # The page itself has just looked.
    if address.story_id is not None and _read(state, address.story_id) is not None:
        if state.unread is None:
            st.rerun()
    elif address.story_id is None:
        st.rerun()


def _read(state: PageState, story_id: str) -> StoryView | None:
    try:
        state.opened = api_client().stories.read(story_id, within=PATIENCE_SECONDS)
        state.unread = None
    except ApiError as error:
        state.unread, state.unread_at = error, time.monotonic()
        if not error.is_transient or state.opened is None or state.opened.id != story_id:
            state.opened = None
    return state.opened


def _adopted(state: PageState, address: Address) -> StoryView | None:
    """A job that was begun outside the library becomes a story: the same one, whoever asks."""
    if address.job_id is None:
        return None
    try:
        new = NewStory(job_id=address.job_id)
        state.opened = api_client().stories.create(new, within=PATIENCE_SECONDS)
    except (ApiError, ValidationError) as error:
        # What is too long to be an id is that of no job.
        state.unread = error if isinstance(error, ApiError) else _UNKNOWN_JOB
        state.unread_at, state.opened = time.monotonic(), None
        return None
    return state.opened


def _fill_fields(state: PageState, opened: Opened, guessed: Sheet | None) -> None:
    """The fields say how the story was told, as far as that is known."""
    state.filled_for = opened.story.id
    typed = fields.keep(state)
    try:
        request = _request(opened)
    except ApiError:
        if guessed is None:
            sheet = Sheet.like(opened.passage.controls, None, typed.story_seed)
            fields.fill(state, sheet)
            state.guessed = Guessed(opened.story.id, sheet)
        return
    sheet = Sheet.like(opened.passage.controls, request, typed.story_seed)
    fields.fill(state, typed.completed(guessed, sheet) if guessed is not None else sheet)
    state.guessed = None


def _request(opened: Opened) -> GenerateRequest | None:
    """None if nobody knows it any more. Raises ApiError if it may be told another time."""
    job_id = tree.told_like(opened.story, opened.passage)
    if job_id is None:
        return None
    try:
        return api_client().jobs.read(job_id, within=PATIENCE_SECONDS).request
    except ApiError as error:
        if error.code == ErrorCode.UNKNOWN_JOB:
            return None
        raise
