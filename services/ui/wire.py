"""Server-Sent Events as they arrive: bytes that count as life, messages that become events.

Knows nothing of cursors or of reconnecting.
"""

from collections.abc import Iterator
from typing import Protocol

import httpx2
from pydantic import ValidationError

from services.ui.problems import ApiError, ClientCode
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
        raise ApiError(ClientCode.BAD_ANSWER, f"The stream holds an unknown event {message.event}.")
    try:
        return kind.model_validate_json(message.data)
    except ValidationError as error:
        detail = f"The stream holds a {message.event} event that cannot be read."
        raise ApiError(ClientCode.BAD_ANSWER, detail) from error


class Heard(Protocol):
    def __call__(self, *, first: bool) -> None: ...


class HeardStream(httpx2.SyncByteStream):
    """A byte stream that reports every piece: pings never become events, but they are life."""

    def __init__(self, stream: httpx2.SyncByteStream, heard: Heard) -> None:
        self._stream = stream
        self._heard = heard

    def __iter__(self) -> Iterator[bytes]:
        for number, piece in enumerate(self._stream):
            self._heard(first=number == 0)
            yield piece

    def close(self) -> None:
        self._stream.close()
