"""A caller who knows that an answer has ended has its share back."""

from collections.abc import Callable

import pytest
from fastapi import Request
from starlette.types import Message, Receive, Scope, Send

from services.api.admission.callers import Caller
from services.api.admission.callers import Scope as KeyScope
from services.api.admission.holding import Holding, held
from services.api.admission.streams import OpenStreams

ANNA = Caller("anna", "k1", frozenset({KeyScope.READ}))
START = {"type": "http.response.start", "status": 200, "headers": []}
MORE = {"type": "http.response.body", "body": b"a", "more_body": True}
LAST = {"type": "http.response.body", "body": b"b"}


def broken() -> None:
    raise ConnectionResetError


async def nothing() -> Message:
    raise AssertionError("nobody is asked")


@pytest.fixture
def streams() -> OpenStreams:
    return OpenStreams(per_key=1)


async def answer(
    streams: OpenStreams, *messages: Message, then: Callable[[], None] = lambda: None
) -> list[int]:
    """How many streams are open at each message."""
    counts = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        held(Request(scope)).enter_context(streams.held(ANNA))
        for message in messages:
            await send(message)
        then()

    async def send(message: Message) -> None:
        counts.append(streams._open.total())

    await Holding(app)({"type": "http", "headers": []}, nothing, send)
    return counts


async def test_a_stream_is_open_up_to_its_last_byte(streams: OpenStreams) -> None:
    assert await answer(streams, START, MORE, MORE, LAST) == [1, 1, 1, 0]
    assert await answer(streams, START, LAST) == [1, 0], "the next one may come"


async def test_one_that_breaks_off_is_not_open_for_ever(streams: OpenStreams) -> None:
    with pytest.raises(ConnectionResetError):
        await answer(streams, START, MORE, then=broken)
    assert streams._open.total() == 0
