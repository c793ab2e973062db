"""A reader as lean as can be, the same for every server: it asks, and notes when text arrives.

What arrives is looked at behind its end: readers share the cores with the server that they measure.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from tests.bench.stack.dialects import Dialect, Wanted

HOST = "127.0.0.1"
STREAM_SECONDS = 600
_SHOWN_BYTES = 2_000
"""Of a refusal."""


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    dialect: Dialect


@dataclass(slots=True)
class Stream:
    """One story as it arrived; times are of `time.perf_counter`."""

    tokens: int
    asked: float = 0.0
    times: list[float] = field(default_factory=list)
    """Of the events that brought text, as far as was looked: when the piece of the answer came that
    ended them."""
    look: Callable[[], None] = _nothing
    """At all that has arrived. Raises RuntimeError on a refusal."""

    def so_far(self) -> int:
        """How many such events have come, while more may come."""
        self.look()
        return len(self.times)

    @property
    def first(self) -> float:
        return self.times[0]

    @property
    def last(self) -> float:
        return self.times[-1]

    @property
    def weight(self) -> float:
        """Tokens of an event: some servers hold text back and send several at once."""
        return self.tokens / len(self.times)


async def read(server: Server, wanted: Wanted, stream: Stream) -> None:
    """Read a story to its end. Raises RuntimeError on a refusal, TimeoutError."""
    loop = asyncio.get_running_loop()
    make = partial(_Listener, server.dialect, stream)
    async with asyncio.timeout(STREAM_SECONDS):
        transport, listener = await loop.create_connection(make, HOST, server.port)
        try:
            stream.look = listener.look
            stream.asked = time.perf_counter()
            transport.write(_request(server.dialect, wanted))
            await listener.closed
        finally:
            transport.abort()
    stream.look()
    if not listener.ended:
        raise RuntimeError("the stream broke off")
    if not stream.times:
        raise RuntimeError("a story without a word")


def _request(dialect: Dialect, wanted: Wanted) -> bytes:
    """After whose answer the server closes the connection."""
    body = json.dumps(dialect.body(wanted)).encode()
    head = (
        f"POST {dialect.path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nAccept: text/event-stream\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Listener(asyncio.Protocol):
    def __init__(self, dialect: Dialect, stream: Stream) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended = False
        self._dialect = dialect
        self._stream = stream
        self._pieces: list[tuple[float, bytes]] = []
        self._looked = 0
        """At so many of them."""
        self._is_let_in = False
        self._event, self._rest = "", b""

    def data_received(self, data: bytes) -> None:
        self._pieces.append((time.perf_counter(), data))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)

    def look(self) -> None:
        for came, event, data in self._events():
            if self.ended:
                return
            if self._dialect.brings_text(event, data):
                self._stream.times.append(came)
            self.ended = self._dialect.ends(event, data)

    def _events(self) -> Iterator[tuple[float, str, str]]:
        """When it came, name and data; what belongs to chunks of HTTP is no field."""
        for came, line in self._lines():
            if not self._is_let_in:
                self._check(line)
            name, _, value = line.partition(b":")
            if name == b"event":
                self._event = value.decode().strip()
            elif name == b"data":
                yield came, self._event, value.decode().removeprefix(" ").rstrip("\r")

    def _check(self, status: bytes) -> None:
        if b" 200 " not in status:
            answer = b"".join(piece for _, piece in self._pieces)
            raise RuntimeError(f"refused: {answer[:_SHOWN_BYTES].decode(errors='replace')}")
        self._is_let_in = True

    def _lines(self) -> Iterator[tuple[float, bytes]]:
        while self._looked < len(self._pieces):
            came, piece = self._pieces[self._looked]
            self._looked += 1
            *lines, self._rest = (self._rest + piece).split(b"\n")
            for line in lines:
                yield came, line
