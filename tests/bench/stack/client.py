"""A reader as lean as can be, the same for every server: it asks, and notes when text arrives."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from tests.bench.stack.dialects import Dialect, Wanted

HOST = "127.0.0.1"
STREAM_SECONDS = 600
_PIECE_BYTES = 2**16


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
    """Of the events that brought text: when the piece of the answer came that ended them."""

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
    async with asyncio.timeout(STREAM_SECONDS):
        reader, writer = await asyncio.open_connection(HOST, server.port)
        try:
            stream.asked = time.perf_counter()
            writer.write(_request(server.dialect, wanted))
            async for came, event, data in _events(reader):
                if server.dialect.brings_text(event, data):
                    stream.times.append(came)
                if server.dialect.ends(event, data):
                    break
            else:
                raise RuntimeError("the stream broke off")
        finally:
            writer.close()
    if not stream.times:
        raise RuntimeError("a story without a word")


def _request(dialect: Dialect, wanted: Wanted) -> bytes:
    body = json.dumps(dialect.body(wanted)).encode()
    head = (
        f"POST {dialect.path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f"Accept: text/event-stream\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _events(reader: asyncio.StreamReader) -> AsyncIterator[tuple[float, str, str]]:
    """When it came, name and data; what belongs to HTTP's chunks is no field and falls through.

    Read in pieces: line by line, reading took as much of a core as our Redis.
    """
    status = await reader.readline()
    if b" 200 " not in status:
        raise RuntimeError(f"refused: {(status + await reader.read(2_000)).decode()}")
    event, rest = "", b""
    while piece := await reader.read(_PIECE_BYTES):
        came = time.perf_counter()
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            name, _, value = line.partition(b":")
            if name == b"event":
                event = value.decode().strip()
            elif name == b"data":
                yield came, event, value.decode().removeprefix(" ").rstrip("\r")
