"""The panel in which a reader says what they think of one ended story.

What is typed goes to the API, which keeps it with all that the story depends on, and tells it again
to who comes back. Knows no page.
"""

import streamlit as st
from pydantic import ValidationError

from services.ui import components, unsent
from services.ui.codes import UiCode
from services.ui.findings import refused_input
from services.ui.state import api_client, page_state
from shared.client.errors import ApiError
from shared.opinions import COMMENT_MAX_CHARS, MAX_TAGS, FeedbackView, NewFeedback, Thumbs

SUGGESTED_TAGS = (
    "vivid",
    "funny",
    "good ending",
    "off the prompt",
    "repetitive",
    "hard to follow",
)
# What a thumb is to Streamlit is the place of its picture, from below.
_THUMBS = (Thumbs.DOWN, Thumbs.UP)


def feedback_panel(job_id: str, *, key: str) -> None:
    """Stars or a thumb, tags and a comment. Whoever changes their mind sends again."""
    name = f"{key}-{job_id}"
    _fill(name, _said_before(job_id))
    with st.form(name, enter_to_submit=False):
        said = _fields(name)
        is_sent = st.form_submit_button("Send feedback")
    opinions = page_state().opinions
    if is_sent:
        opinions[job_id] = _send(job_id, said)
    before = page_state().said.get(job_id)
    kept = (before.comment or "") if before else None
    unsent.keep(f"{name}-comment", name=name, kept=kept, most_chars=COMMENT_MAX_CHARS)
    if job_id in opinions:
        _outcome(opinions[job_id])


def _said_before(job_id: str) -> FeedbackView | None:
    """Asked for once; while the API is away, nothing was said."""
    said = page_state().said
    if job_id not in said:
        try:
            said[job_id] = api_client().opinions.last_said(job_id)
        except ApiError as error:
            if error.is_transient:
                return None
            said[job_id] = None
    return said[job_id]


def _fill(name: str, said: FeedbackView | None) -> None:
    """The fields say what was said last, until somebody changes them."""
    if said is None or f"{name}-tags" in st.session_state:
        return
    if said.thumbs is not None:
        st.session_state[f"{name}-thumb"] = _THUMBS.index(said.thumbs)
    if said.rating is not None:
        st.session_state[f"{name}-stars"] = said.rating - 1
    st.session_state[f"{name}-tags"] = said.tags
    st.session_state[f"{name}-comment"] = said.comment or ""


def _fields(name: str) -> dict[str, object]:
    with st.container(horizontal=True, gap="large"):
        with st.container(width="content", gap="xxsmall"):
            components.hint("Thumb")
            thumb = st.feedback("thumbs", key=f"{name}-thumb")
        with st.container(width="content", gap="xxsmall"):
            components.hint("Stars")
            stars = st.feedback("stars", key=f"{name}-stars")
    chosen: list[str] = st.session_state.get(f"{name}-tags", [])
    tags = st.multiselect(
        "Tags",
        list(dict.fromkeys([*chosen, *SUGGESTED_TAGS])),
        key=f"{name}-tags",
        accept_new_options=True,
        max_selections=MAX_TAGS,
        placeholder="Choose, or type your own",
    )
    comment = st.text_area(
        "Comment", key=f"{name}-comment", height=80, max_chars=COMMENT_MAX_CHARS
    ).strip()
    return {
        "rating": None if stars is None else stars + 1,
        "thumbs": None if thumb is None else _THUMBS[thumb],
        "tags": tags,
        "comment": comment or None,
    }


def _send(job_id: str, said: dict[str, object]) -> ApiError | None:
    """Why it is not kept, if it is not."""
    if said["rating"] is None and said["thumbs"] is None:
        return ApiError(UiCode.INVALID_INPUT, "Give a thumb or stars, then send.")
    try:
        page_state().said[job_id] = api_client().opinions.say(
            job_id, NewFeedback.model_validate(said)
        )
    except ValidationError as error:
        return refused_input(error)
    except ApiError as error:
        return error
    return None


def _outcome(refused: ApiError | None) -> None:
    if refused is None:
        components.good_news("Thank you, kept. If you change your mind, send again.")
    else:
        components.notice(refused)
