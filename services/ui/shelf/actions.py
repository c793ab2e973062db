"""What the library page's buttons do, as Streamlit callbacks: they run before the page is drawn.

A callback carries the story as the page showed it when the button was pressed, so a change that
another tab made since then is noticed by its version.
"""

import streamlit as st
from pydantic import ValidationError

from services.ui.findings import refused_input
from services.ui.retitling import retitle
from services.ui.state import api_client, page_state
from services.ui.writing import edits
from shared.client.errors import ApiError
from shared.errors import ErrorCode
from shared.library import StoryHead, StoryView
from shared.story_files import MAX_FILE_BYTES

_STORY = "story"
_MEBIBYTE = 1024 * 1024
_MOST_FIELDS = 3
"""Of a file that is no story, every line may be wrong; a few say enough."""
_WRONG_FILES: dict[str, str] = {
    ErrorCode.MALFORMED_BODY: "This file is not JSON. Choose one that was exported as JSON.",
    ErrorCode.BODY_TOO_LARGE: (
        f"This file is too large: a story may have {MAX_FILE_BYTES // _MEBIBYTE} MiB."
    ),
    ErrorCode.INVALID_REQUEST: (
        "This file holds no story in our form. Choose one that was exported as JSON."
    ),
}


def shown_story_id() -> str | None:
    """Whose details the address names."""
    return st.query_params.get(_STORY) or None


def show_details(story_id: str) -> None:
    st.query_params[_STORY] = story_id


def show_list() -> None:
    st.query_params.pop(_STORY, None)


def show_more() -> None:
    page_state().library.pages += 1


def show_from_start() -> None:
    """Another list begins with its first page."""
    page_state().library.pages = 1


def rename(story: StoryView, field: str) -> None:
    """To what was typed into the field; it keeps that if the story stays as it was."""
    state = page_state()
    try:
        edits.keep_up(state, retitle(api_client().stories, story, st.session_state[field]))
    except ValidationError as error:
        state.library.refused = refused_input(error)
    except ApiError as error:
        state.library.refused = error


def delete(story: StoryHead) -> None:
    state = page_state().library
    try:
        api_client().stories.delete(story.id, version=story.version)
    except ApiError as error:
        if not _is_deleted_here(story, error):
            state.refused = error
            return
    state.deleted = story
    show_list()


def restore(story_id: str) -> None:
    state = page_state().library
    try:
        api_client().stories.restore(story_id)
    except ApiError as error:
        state.refused = error
    else:
        if state.deleted is not None and state.deleted.id == story_id:
            state.deleted = None


def take_in(field: str) -> None:
    """Import the file that was put into the field. A rerun does not: only a change comes here."""
    upload = st.session_state[field]
    if upload is None:  # taken out again
        return
    state = page_state().library
    try:
        story = api_client().stories.take_in(upload.getvalue())
    except ApiError as error:
        state.refused = _about_file(error)
    else:
        state.imports += 1
        show_details(story.id)


def _is_deleted_here(story: StoryHead, error: ApiError) -> bool:
    """By the first click of a double click, whose run the second may have cut off."""
    deleted = page_state().library.deleted
    return (
        error.code == ErrorCode.UNKNOWN_STORY
        and deleted is not None
        and (deleted.id, deleted.version) == (story.id, story.version)
    )


def _about_file(error: ApiError) -> ApiError:
    """The same error in words about a file instead of a request."""
    detail = _WRONG_FILES.get(error.code)
    return ApiError(error.code, detail, fields=error.fields[:_MOST_FIELDS]) if detail else error
