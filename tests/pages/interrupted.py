"""What else comes from the browser while a run of the page waits for the API.

Streamlit stops that run, which ends when it touches anything of Streamlit's the next time.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import RerunData, ScriptRunContext, get_script_run_ctx

from services.ui.writing import address
from shared.client.calls import Call
from shared.client.transport import Transport
from tests.pages.room import Room


def press_and_be_stopped(room: Room, label: str) -> None:
    """Press, and have the page run anew before the answer comes."""
    with _at_first("POST", _stop):
        room.press(label)
        room.tab.run()


def double_click(room: Room, label: str, *, asking: str = "GET") -> None:
    """The second click comes while the run that handles the first asks for something."""
    with _at_first(asking, _click_again):
        room.press(label)


@contextlib.contextmanager
def _at_first(method: str, do: Callable[[ScriptRunContext], None]) -> Iterator[None]:
    run, due = Transport.run, [do]

    def run_meanwhile(transport: Transport, call: Call[Any]) -> Any:
        context = get_script_run_ctx(suppress_warning=True)
        if context is not None and call.method == method and due:
            due.pop()(context)
        return run(transport, call)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transport, "run", run_meanwhile)
        # On a busy machine the next run may come later.
        patch.setattr(address, "OVERTAKEN_SECONDS", 60)
        yield
    assert not due


def _stop(context: ScriptRunContext) -> None:
    assert context.script_requests is not None
    context.script_requests.request_stop()


def _click_again(context: ScriptRunContext) -> None:
    """From the page, and with the address, before the first click, which is still pressed."""
    assert context.script_requests is not None
    context.script_requests.request_rerun(
        RerunData(
            query_string=context.query_string,
            widget_states=WidgetStates(widgets=context.session_state.get_widget_states()),
            page_script_hash=context.page_script_hash,
        )
    )
