"""A story's events as Server-Sent Events. Knows the wire, not where events come from."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from operator import is_

import anyio
import structlog
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Message, Receive, Scope, Send

from services.api.shortcut import straight
from services.api.stalling import SendWatch
from services.api.views import events_path
from shared.events import Event, TokenEvent

PING_SECONDS = 10
PING = b": ping\r\n\r\n"
SEND_SECONDS = 30.0
GRACE_SECONDS = 2.0
"""So long a reader has to take the end of a stream, once the hub has brought it about."""
ENDED_COOKIE = "once_ended"
ENDED_COOKIE_SECONDS = 20
_LINE_BREAKS = {ord(char): f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}
"""JSON leaves these as they are, but many clients (with `splitlines`) break lines there."""
_log = structlog.get_logger(__name__)


class Stream(EventSourceResponse):
    """Ends a reader that has stopped reading, and ends cleanly when the server stops."""

    def __init__(
        self,
        told: AsyncIterator[ServerSentEvent | bytes],
        headers: Mapping[str, str],
        *,
        sep: str = "\r\n",
        ping_seconds: int = PING_SECONDS,
    ) -> None:
        super().__init__(told, headers=headers, sep=sep, ping=ping_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._closing: asyncio.Event = scope["app"].state.closing
        with anyio.CancelScope() as answering:
            watch = SendWatch(send, straight(scope), seconds=SEND_SECONDS, give_up=answering.cancel)
            with contextlib.closing(watch):
                await super().__call__(scope, receive, watch.send)
        if answering.cancelled_caught:
            _log.info("reader dropped: it took nothing for too long", path=scope["path"])

    async def _listen_for_exit_signal_with_grace(self) -> None:
        """Not for the signal that tells the server to leave, behind which it serves on."""
        await self._closing.wait()
        await anyio.sleep(GRACE_SECONDS)

    async def _send_with_timeout(self, send: Send, message: Message) -> None:
        """Without the time-out of its own: `SendWatch` has one for all."""
        await send(message)


class StoryStream(Stream):
    """What comes together is sent together; a batch of nothing says only that all is well."""

    def __init__(
        self, batches: AsyncIterator[list[Event]], headers: Mapping[str, str], lane: "Lane"
    ) -> None:
        # Pinged by what it sends: a task more for each reader takes memory.
        super().__init__(_encoded(batches), headers, ping_seconds=0)
        self._lane = lane

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._lane.lead(straight(scope))
        await super().__call__(scope, receive, send)


class Lane:
    """A way for events past the task of their stream, for whoever has some while that task waits
    for more: to wake it for each takes the API a third of what it spends on an event.
    """

    def __init__(self) -> None:
        self._send: Send | None = None

    def lead(self, send: Send) -> None:
        """To the reader whose answer has begun once its stream waits."""
        self._send = send

    def tell(self, events: Sequence[Event]) -> bool:
        """Whether they were sent: none to a reader who has too much to take as it is."""
        if self._send is None:
            return False
        body = _encoder.encode(*events)
        part = {"type": "http.response.body", "body": body, "more_body": True}
        sending = self._send(part).__await__()
        try:
            next(sending)
        except StopIteration:
            return True
        except Exception:
            # Its own task will come to the same, and can end the stream.
            _log.exception("event not sent at once")
        else:
            # uvicorn waits for room before it writes: nothing of this has been sent.
            sending.close()
        return False


def one_line(json: str) -> str:
    return json if json.isascii() else json.translate(_LINE_BREAKS)


class Encoder:
    """Remembers the last events: the readers of one story are told them one after the other."""

    def __init__(self) -> None:
        self._last: tuple[Event, ...] = ()
        self._encoded = b""

    def encode(self, *events: Event) -> bytes:
        """As one piece of the stream."""
        if not (len(self._last) == len(events) and all(map(is_, self._last, events))):
            self._encoded = "".join(map(_encoded_one, events)).encode()
            self._last = events
        return self._encoded


def _encoded_one(event: Event) -> str:
    """Only a token carries an id, so EventSource's cursor is the number of tokens it has."""
    if isinstance(event, TokenEvent):
        return f"id: {event.index}\r\nevent: token\r\ndata: {one_line(event.data())}\r\n\r\n"
    data = one_line(event.model_dump_json(exclude={"type"}))
    return f"event: {event.type}\r\ndata: {data}\r\n\r\n"


_encoder = Encoder()


def ended_cookie(job_id: str) -> str:
    """Tells the next reconnect to this story's end from the first one.

    EventSource reconnects after every end of a stream, also after the last, and only 204 stops it.
    But the first reader who comes to the end must see the ending. The cookie, which EventSource
    sends back, keeps that difference in the browser, so that every replica knows it.
    """
    return (
        f"{ENDED_COOKIE}=1; Path={events_path(job_id)}; Max-Age={ENDED_COOKIE_SECONDS}; "
        "HttpOnly; SameSite=Strict"
    )


async def _encoded(batches: AsyncIterator[list[Event]]) -> AsyncIterator[bytes]:
    told_at = time.monotonic()
    async for events in batches:
        if events or time.monotonic() - told_at >= PING_SECONDS:
            told_at = time.monotonic()
            yield _encoder.encode(*events) if events else PING
