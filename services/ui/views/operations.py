"""The Operations page: how the service is doing now, and a worker killed on request.

It looks once a second; what it saw in the last minutes stays in the tab. The address bar names the
demonstration that is shown, so that a refresh or the back button shows the same.
"""

import time

import streamlit as st

from services.ui import components
from services.ui.operating import account, board, css
from services.ui.operating.demonstration import Demonstration
from services.ui.operating.looks import Begun, Look, OperatingState
from services.ui.state import api_client, demonstrations, page_state
from shared.client.errors import ApiError

LOOK_EVERY_SECONDS = 1.0
FOLLOW_EVERY_SECONDS = 0.2
# Patience with an API that says nothing; the next look comes anyway.
LOOK_SECONDS = 2.0
_DEMONSTRATION = "demonstration"
_HEADING = """
<header class="once-heading"><h1>Operations</h1><p>How the service is doing right now.</p></header>
"""
_WHAT_IT_SHOWS = """
<p>A story is told in peace. Then it is told again from the same seed, and at a third of it the
worker that writes it is killed, as a crash would. Another process takes the story up from its log,
in the middle of the sentence. The text must not differ in a single byte.</p>
"""
_HOW_TO_SWITCH_ON = """
<p>In development mode (<code>make up</code>, or <code>DEVELOPMENT=true</code> on loopback) a worker
can be killed here, to watch a story go on as if nothing had happened.</p>
"""


def page() -> None:
    operating = page_state().operating
    st.html(css.CSS)
    st.html(_HEADING)
    if not operating.looks:
        _look(operating)
    st.fragment(_live, run_every=LOOK_EVERY_SECONDS)(operating)
    components.section("Kill a worker")
    if not operating.can_kill:
        st.html(_HOW_TO_SWITCH_ON)
        return
    st.html(_WHAT_IT_SHOWS)
    shown = _shown_demonstration()
    every = FOLLOW_EVERY_SECONDS if shown else None
    st.fragment(_demonstration, run_every=every)(operating, shown)
    if operating.begun is not None:
        operating.begun.shown.note()


def _live(operating: OperatingState) -> None:
    could_kill = operating.can_kill
    _look(operating)
    if operating.can_kill != could_kill:
        st.rerun()
    if operating.trouble is not None:
        components.notice(operating.trouble)
    if operating.looks:
        _show(operating)


def _look(operating: OperatingState) -> None:
    calls = api_client().operations
    try:
        queue = calls.queue(within=LOOK_SECONDS)
        workers = calls.workers(within=LOOK_SECONDS).workers
    except ApiError as error:
        operating.trouble = error
    else:
        operating.remember(Look(time.monotonic(), queue, workers))


def _show(operating: OperatingState) -> None:
    look = operating.looks[-1]
    if operating.trouble is None:
        st.html(board.figures(look))
        st.html(board.workers_table(look.workers))
    st.html(board.history(operating.looks, now=time.monotonic()))


def _shown_demonstration() -> Demonstration | None:
    """The one that the address names, if this process knows it."""
    demonstration_id = st.query_params.get(_DEMONSTRATION)
    return demonstrations().find(demonstration_id) if demonstration_id else None


def _demonstration(operating: OperatingState, shown: Demonstration | None) -> None:
    """Looks on when it is over as well: a page that is drawn anew then may lose its buttons."""
    trial = shown.trial if shown else None
    is_running = trial is not None and not trial.is_over
    if st.button("Kill a worker now", type="primary", disabled=is_running):
        _begin_and_show(operating)
    if trial is None:
        return
    st.html(account.account(trial, now=time.monotonic()))
    if trial.error is not None:
        components.notice(trial.error)


def _begin_and_show(operating: OperatingState) -> None:
    # A second click carries the address from before the first, and would kill a second worker.
    if operating.begun is None or not operating.begun.shown.is_new:
        operating.begun = Begun(demonstrations().begin())
    st.query_params[_DEMONSTRATION] = operating.begun.demonstration_id
    st.rerun()


if __name__ == "__main__":
    page()
