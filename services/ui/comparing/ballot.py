"""The one vote on two stories. Knows which is A and which is B, and nothing more of them."""

import streamlit as st

from services.ui import components, unsent
from services.ui.comparing.pair import ComparingState, Pair
from services.ui.state import api_client
from shared.client.errors import ApiError
from shared.errors import ErrorCode
from shared.opinions import COMMENT_MAX_CHARS, NewComparison, Winner

_CHOICES = {Winner.A: "Story A", Winner.TIE: "Neither", Winner.B: "Story B"}


def vote_on(state: ComparingState, pair: Pair) -> Winner | None:
    """What this person voted, here or anywhere else; asked for once. Raises ApiError."""
    if pair not in state.votes:
        try:
            state.votes[pair] = api_client().opinions.last_compared(pair.a, pair.b).winner
        except ApiError as error:
            if error.code != ErrorCode.NO_OPINION:
                raise
            state.votes[pair] = None
    return state.votes[pair]


def ballot(state: ComparingState, pair: Pair, *, is_open: bool) -> None:
    """The ballot; it can be filled in while the stories are being written."""
    st.html('<h2 class="once-side">Which one is better?</h2>')
    field = f"why-{pair.a}"
    comment = st.text_area("Why (if you like)", key=field, height=80, max_chars=COMMENT_MAX_CHARS)
    unsent.keep(field, name=field, kept=None, most_chars=COMMENT_MAX_CHARS)
    with st.container(horizontal=True):
        pressed = [
            winner
            for winner, label in _CHOICES.items()
            if st.button(label, key=f"vote-{winner}", disabled=not is_open)
        ]
    if not is_open:
        components.hint("You can vote once both are written.")
    elif pressed:
        _cast(state, pair, pressed[0], comment.strip())


def _cast(state: ComparingState, pair: Pair, winner: Winner, comment: str) -> None:
    said = NewComparison(job_a=pair.a, job_b=pair.b, winner=winner, comment=comment or None)
    try:
        api_client().opinions.compare(said)
    except ApiError as error:
        state.refused = error
        return
    state.refused = None
    state.votes[pair] = winner
    st.rerun()
