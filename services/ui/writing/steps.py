"""Going from one address to another, also while a look at the former is on its way.

Whatever else happens on a page stops the run that handles a press, even while that asks the API:
it ends as soon as it touches anything of Streamlit's. What came of the press is told to the next.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from services.ui.state import PageState, page_state
from services.ui.writing.address import Address, Press, Step

PRESS_SECONDS = 15.0
"""A run waits this long for what comes of a press: as long as a client waits for an answer."""


def go(address: Address) -> None:
    lead(page_state(), Address.current(), address)
    address.go()


def lead(state: PageState, start: Address, to: Address) -> None:
    """The next run goes there, if this one cannot any more. Touches nothing of Streamlit's."""
    state.outcome = state.discarded = None
    state.step = Step(start, to, time.monotonic())


@contextmanager
def pressed(state: PageState) -> Iterator[Address]:
    """Ask the API for something, after other presses at the address that it gives."""
    start = Address.current()
    _wait(state, start)
    press = state.press = Press(start)
    try:
        yield start
    finally:
        press.is_over.set()


def arrived(state: PageState) -> Address:
    """Where the page is, whatever a look that came late says."""
    came = time.monotonic()  # A press that it waits for leads it, however late it wakes.
    address = Address.current()
    _wait(state, address)
    if state.step is not None and state.step.is_overtaken(address, came):
        address = state.step.to
        address.go()
    return address


def _wait(state: PageState, address: Address) -> None:
    if state.press is not None and state.press.start == address:
        state.press.is_over.wait(PRESS_SECONDS)
