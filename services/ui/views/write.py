"""The writing page: a form on one side, the story on the other.

The story is read by a background thread; the fragment only looks at it a few times a second, so
Stop acts at once and typing in the form disturbs nothing.
"""

import time

import streamlit as st

from services.ui import components
from services.ui.form import FormAnswer, story_form
from services.ui.problems import ApiError
from services.ui.state import (
    PageState,
    Sent,
    api_client,
    open_job,
    open_job_id,
    page_state,
    reader_of,
)
from services.ui.story import Phase
from shared.schemas import GenerateRequest

LOOK_EVERY_SECONDS = 0.1
DOUBLE_CLICK_SECONDS = 1.5
# The form waits this long for an open story's request, then shows itself empty.
FORM_SECONDS = 1.5


def page() -> None:
    state = page_state()
    job_id = open_job_id()
    if not state.is_opened:
        _open(state, job_id)
    components.heading()
    form_side, story_side = st.columns([2, 3], gap="large")
    is_live = job_id is not None and not reader_of(job_id).story.phase.is_final
    with form_side:
        answer = story_form(state.draft, busy=is_live)
        if answer is not None and not is_live:
            _submit(state, answer)
        if state.refused is not None:
            components.notice(state.refused)
    with story_side:
        if job_id is None:
            components.empty_page()
        else:
            every = LOOK_EVERY_SECONDS if is_live else None
            with st.container(key="story"):
                st.fragment(_story, run_every=every)(job_id, was_live=is_live)


def _open(state: PageState, job_id: str | None) -> None:
    """A tab that opens a story shows in the form what it was made from."""
    state.is_opened = True
    if job_id is None:
        return
    try:
        state.draft = api_client().jobs.read(job_id, within=FORM_SECONDS).request
    except ApiError:
        return  # The story's reader meets the same error and tells it beside the story.


def _submit(state: PageState, answer: FormAnswer) -> None:
    state.refused, state.stop_refused = answer.refused, None
    if answer.request is None:
        return
    if not _is_double_click(state.sent, answer.request):
        try:
            job = api_client().jobs.create(answer.request)
        except ApiError as error:
            state.refused = error
            return
        state.sent = Sent(answer.request, job.id, time.monotonic())
    if state.sent is not None:
        open_job(state.sent.job_id)
        st.rerun()


def _is_double_click(sent: Sent | None, request: GenerateRequest) -> bool:
    # The second click carries the address from before the first, so the open story tells nothing.
    return (
        sent is not None
        and sent.request == request
        and time.monotonic() - sent.at < DOUBLE_CLICK_SECONDS
    )


def _story(job_id: str, *, was_live: bool) -> None:
    state = page_state()
    reader = reader_of(job_id)
    story = reader.story
    if was_live and story.phase.is_final:
        st.rerun()  # The form and the polling change with the ending.
    with st.container(key="status", horizontal=True, vertical_alignment="center"):
        components.status_line(
            story,
            stopping=state.stopping == job_id,
            trouble=reader.trouble,
            silent_seconds=reader.silent_seconds,
        )
        if was_live:
            _stop_button(state, job_id)
        elif story.phase is Phase.LOST and st.button("Try again"):
            reader_of.clear(job_id)
            st.rerun()
    components.story_error(story)
    if was_live and state.stop_refused is not None:
        components.notice(state.stop_refused)
    if story.text or story.phase not in (Phase.LOST, Phase.FAILED):
        components.book_page(story)


def _stop_button(state: PageState, job_id: str) -> None:
    st.button(
        "Stop",
        on_click=_stop,
        args=(state, job_id),
        disabled=state.stopping == job_id,
    )


def _stop(state: PageState, job_id: str) -> None:
    state.stop_refused = None
    try:
        api_client().jobs.cancel(job_id)
    except ApiError as error:
        state.stop_refused = error
    else:
        state.stopping = job_id


if __name__ == "__main__":
    page()
