"""A reader as lean as can be, the same for every server: it asks, and notes when text arrives."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from tests.bench.stack.dialects import Dialect, Wanted

HOST = "127.0.0.1"
STREAM_SECONDS = 600
_LINE_LIMIT = 2**20


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
        reader, writer = await asyncio.open_connection(HOST, server.port, limit=_LINE_LIMIT)
        try:
            stream.asked = time.perf_counter()
            writer.write(_request(server.dialect, wanted))
            async for event, data in _events(reader):
                if server.dialect.brings_text(event, data):
                    stream.times.append(time.perf_counter())
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


async def _events(reader: asyncio.StreamReader) -> AsyncIterator[tuple[str, str]]:
    """Event names and data; what belongs to HTTP's chunks is no field and falls through."""
    status = await reader.readline()
    if b" 200 " not in status:
        raise RuntimeError(f"refused: {(status + await reader.read(2_000)).decode()}")
    event = ""
    while line := await reader.readline():
        name, _, value = line.decode().rstrip("\r\n").partition(":")
        if name == "event":
            event = value.strip()
        elif name == "data":
            yield event, value.removeprefix(" ")
