"""What a press of a button asks the API for: once, however often it is pressed or sent."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from pydantic import ValidationError

from services.ui.findings import refused_input
from services.ui.state import Asked, PageState, Refused, Sent, page_state
from services.ui.writing import fields, steps
from services.ui.writing.address import Address
from services.ui.writing.sheet import Sheet
from shared.client.errors import ApiError


@dataclass(frozen=True, slots=True)
class Wish:
    """`where` it is done, and what the fields `said` if that matters. Another one like it, right
    after it or while nobody has answered it, means the same.
    """

    act: str
    where: str = ""
    said: Sheet | None = None


def told_by_fields(act: str, where: str = "") -> Wish:
    return Wish(act, where, replace(fields.keep(page_state())))


def key_of(state: PageState, wish: Wish) -> str:
    """The name under which it is sent: the same until it is answered, or another one is sent.

    Whoever got no answer cannot know whether the service has heard the wish, and sends it again.
    """
    if state.asked is None or state.asked.wish != wish:
        state.asked = Asked(wish)
    return state.asked.key


def fulfil(wish: Wish, act: Callable[[], Address]) -> None:
    """Do it unless that has just been done, and go where it leads.

    The second click of a double click comes from the page, and the address, before the first.
    Once `act` has asked the API for something, it touches nothing of Streamlit's (see `steps`).
    """
    state = page_state()
    with steps.pressed(state) as start:
        state.refused = None
        sent = state.sent
        if sent is None or sent.wish != wish or not sent.shown.is_new:
            sent = _done(state, wish, act)
            if state.refused is None or not _may_have_been_heard(state.refused):
                state.asked = None
            if sent is None:
                return
            state.sent = sent
        steps.lead(state, start, sent.address)
    sent.address.go()


def has_just_led_to(state: PageState, act: str, passage_id: str) -> bool:
    """Whether a press there may be the second click of the one that led there.

    Streamlit hands a click that a part of the page has not heard on to the page that comes next.
    """
    sent = state.sent
    if sent is None or not isinstance(sent.wish, Wish) or sent.wish.act != act:
        return False
    return sent.address.passage_id == passage_id and sent.shown.is_new


def forget_refusal(state: PageState) -> None:
    """Of what stood in the fields, once something else stands there."""
    refused = state.refused_sheet
    if refused is not None and fields.keep(state) != refused.sheet:
        state.refused_sheet = None
        if state.refused is refused.why:
            state.refused = None


def _done(state: PageState, wish: Wish, act: Callable[[], Address]) -> Sent | None:
    try:
        return Sent(wish, act())
    except ValidationError as error:
        state.refused = refused_input(error)
        state.refused_sheet = Refused(state.refused, replace(state.sheet))
    except ApiError as error:
        state.refused = error
    return None


def _may_have_been_heard(error: ApiError) -> bool:
    return error.status is None or error.is_transient
