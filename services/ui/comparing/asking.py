"""The form that asks for two stories."""

import streamlit as st

from services.ui import components
from services.ui.comparing.pair import (
    Begun,
    ComparingState,
    Two,
    begin,
    drawn_for,
    is_answer,
    two_of,
)
from services.ui.form import story_form
from services.ui.state import api_client
from shared.client.errors import ApiError


def ask(state: ComparingState) -> None:
    models = _models()
    answer = story_form("compare")
    if answer is not None:
        state.refused = answer.refused
        if answer.request is not None:
            wish = (answer.request, models)
            begin_and_show(state, wish, two_of(answer.request, models))
    if state.refused is not None:
        components.notice(state.refused)
    else:
        components.hint(
            "Both are written at once, and shown without a word on which is which. Their random "
            "seeds differ: one that you set is one story's, and the other's is drawn."
        )


def begin_and_show(state: ComparingState, wish: object, two: Two) -> None:
    """`two` is what is asked for, unless the same `wish` still waits for its answer."""
    # Ahead of the look at what was begun: the first click's run may end between the two.
    drawn = drawn_for(state, wish, two)
    # A second click carries the address from before the first.
    if state.begun is None or not state.begun.shown.is_new:
        try:
            state.begun = Begun(begin(api_client(), drawn))
        except ApiError as error:
            state.refused = error
            if is_answer(error):
                state.drawn = None
            return
    state.drawn = state.refused = None
    st.query_params.from_dict({"a": state.begun.pair.a, "b": state.begun.pair.b})
    st.rerun()


def _models() -> list[str | None]:
    """One or two that are to tell, or the service's own if there is no choice."""
    try:
        served = sorted({worker.model for worker in api_client().operations.workers().workers})
        if len(served) < 2:
            return [None]
        usual = api_client().operations.queue().model
    except ApiError:
        return [None]  # Writing will meet the same error and tell it.
    first = served.index(usual) if usual in served else 0
    left, right = st.columns(2)
    return [
        left.selectbox("One model", served, index=first),
        right.selectbox("The other model", served, index=first),
    ]
