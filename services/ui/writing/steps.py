"""Going from one address to another, also while a look at the former is on its way."""

import time

from services.ui.state import PageState, page_state
from services.ui.writing.address import Address, Step


def go(address: Address) -> None:
    state = page_state()
    state.outcome = state.discarded = None
    state.step = Step(Address.current(), address, time.monotonic())
    address.go()


def arrived(state: PageState) -> Address:
    """Where the page is, whatever a look that came late says."""
    address = Address.current()
    if state.step is not None and state.step.is_overtaken(address, time.monotonic()):
        address = state.step.to
        address.go()
    return address
