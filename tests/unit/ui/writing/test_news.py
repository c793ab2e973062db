"""What the page says of the last wish belongs to one story."""

from services.ui.codes import UiCode
from services.ui.state import PageState
from services.ui.writing import news
from shared.client.errors import ApiError


def test_what_was_said_of_a_story_is_said_until_another_one_is_open() -> None:
    error = ApiError(UiCode.FORGOTTEN, "The connection was lost for a while.")
    state = PageState(news_of="one", refused=error, stop_refused=error, outcome="Saved.")
    news.turn_to(state, "one")
    assert (state.refused, state.stop_refused, state.outcome) == (error, error, "Saved.")
    news.turn_to(state, None)
    assert (state.refused, state.stop_refused, state.outcome) == (None, None, None)
