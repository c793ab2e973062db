"""What the page says of the last wish, just above its buttons: in sight wherever one reads."""

import streamlit as st

from services.ui import components
from services.ui.state import PageState
from services.ui.writing import edits
from shared.client.errors import ApiError


def draw(state: PageState, *troubles: ApiError | None) -> None:
    """Has its place also while there are none, so that nothing beside it is drawn anew."""
    with st.container(key="news"):
        for error in (state.refused, *troubles):
            if error is not None:
                components.notice(error)
        if state.outcome is not None:
            components.good_news(state.outcome)
        story, discarded = state.opened, state.discarded
        if story is not None and discarded is not None and discarded.story_id == story.id:
            components.remark("The edit is discarded.")
            st.button("Bring it back", key="bring_back", on_click=edits.bring_back)


def turn_to(state: PageState, story_id: str | None) -> None:
    """What was said of another story is over, whichever way led here."""
    if state.news_of != story_id:
        state.news_of = story_id
        state.refused = state.stop_refused = state.outcome = None
