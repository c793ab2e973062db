"""Server-Sent Events as they arrive: bytes that count as life, messages that become events.

Knows nothing of cursors or of reconnecting.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Protocol

import httpx2
from pydantic import ValidationError

from shared.client.errors import ClientCode, error_of
from shared.events import (
    CancelledEvent,
    CheckpointEvent,
    DoneEvent,
    ErrorEvent,
    Event,
    QueuedEvent,
    ResumedEvent,
    StartedEvent,
    TokenEvent,
)

# The event's name stands beside the data, not in it.
_EVENTS: dict[str, type[Event]] = {
    "queued": QueuedEvent,
    "started": StartedEvent,
    "token": TokenEvent,
    "resumed": ResumedEvent,
    "checkpoint": CheckpointEvent,
    "done": DoneEvent,
    "error": ErrorEvent,
    "cancelled": CancelledEvent,
}


def read_event(message: httpx2.ServerSentEvent) -> Event:
    """Raises ApiError for an event that this client does not know."""
    kind = _EVENTS.get(message.event)
    if kind is None:
        raise error_of(ClientCode.BAD_ANSWER, f"The stream holds an unknown event {message.event}.")
    try:
        return kind.model_validate_json(message.data)
    except ValidationError as error:
        detail = f"The stream holds a {message.event} event that cannot be read."
        raise error_of(ClientCode.BAD_ANSWER, detail) from error


class Heard(Protocol):
    def __call__(self, *, first: bool) -> None: ...


def overheard(response: httpx2.Response, heard: Heard) -> httpx2.EventSource:
    """The messages of an answer. Each piece is reported: pings are no messages, but life."""
    stream = response.stream
    if isinstance(stream, httpx2.SyncByteStream):
        response.stream = _Overheard(stream, heard)
    elif isinstance(stream, httpx2.AsyncByteStream):
        response.stream = _AsyncOverheard(stream, heard)
    return httpx2.EventSource(response)


class _Overheard(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, heard: Heard) -> None:
        self._stream = stream
        self._heard = heard

    def __iter__(self) -> Iterator[bytes]:
        for number, piece in enumerate(self._stream):
            self._heard(first=number == 0)
            yield piece

    def close(self) -> None:
        self._stream.close()


class _AsyncOverheard(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, heard: Heard) -> None:
        self._stream = stream
        self._heard = heard

    async def __aiter__(self) -> AsyncIterator[bytes]:
        is_first = True
        async for piece in self._stream:
            self._heard(first=is_first)
            is_first = False
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
