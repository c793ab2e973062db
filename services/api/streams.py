"""A story's events as Server-Sent Events. Knows the wire, not where events come from."""

from collections.abc import AsyncIterator, Mapping

import anyio
import structlog
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from services.api.views import events_path
from shared.events import Event, TokenEvent

PING_SECONDS = 10
SEND_SECONDS = 30.0
GRACE_SECONDS = 2.0
ENDED_COOKIE = "once_ended"
ENDED_COOKIE_SECONDS = 20
_LINE_BREAKS = {ord(char): f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}
"""JSON leaves these as they are, but many clients (with `splitlines`) break lines there."""
_log = structlog.get_logger(__name__)


class Stream(EventSourceResponse):
    """Ends a reader that has stopped reading, and ends cleanly when the server stops."""

    def __init__(
        self, told: AsyncIterator[ServerSentEvent], headers: Mapping[str, str], sep: str = "\r\n"
    ) -> None:
        super().__init__(
            told,
            headers=headers,
            sep=sep,
            ping=PING_SECONDS,
            send_timeout=SEND_SECONDS,
            # The hub ends the streams by itself; without a grace period they would be cut off.
            shutdown_event=anyio.Event(),
            shutdown_grace_period=GRACE_SECONDS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            _log.info("reader dropped: it took nothing for too long", path=scope["path"])


class StoryStream(Stream):
    def __init__(self, events: AsyncIterator[Event], headers: Mapping[str, str]) -> None:
        super().__init__(_encoded(events), headers)


def one_line(json: str) -> str:
    return json.translate(_LINE_BREAKS)


def encode(event: Event) -> ServerSentEvent:
    """Only a token carries an id, so that EventSource's cursor is the number of tokens it has."""
    return ServerSentEvent(
        one_line(event.model_dump_json(exclude={"type"})),
        event=event.type,
        id=str(event.index) if isinstance(event, TokenEvent) else None,
    )


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


async def _encoded(events: AsyncIterator[Event]) -> AsyncIterator[ServerSentEvent]:
    async for event in events:
        yield encode(event)
