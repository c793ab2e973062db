"""A TCP link on loopback that can be cut, delayed, silenced and half-opened. Knows no protocol."""

import asyncio
from dataclasses import dataclass, field

HOST = "127.0.0.1"
CHUNK = 64 * 1024


@dataclass(slots=True, eq=False)
class _Pair:
    """One connection: the caller's side and the server's."""

    caller: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None

    def abort(self) -> None:
        for side in (self.caller, self.server):
            if side is not None:
                side.transport.abort()


@dataclass(slots=True)
class Link:
    """Forwards to a port of this machine; what it holds back is delivered late, as TCP does."""

    target: int
    port: int = 0
    delay: float = 0.0
    """Seconds that every chunk takes on its way."""
    refuses: bool = False
    loses_answers: bool = False
    """What is held back now will never arrive."""
    _server: asyncio.Server | None = None
    _pairs: set[_Pair] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _requests: asyncio.Event = field(default_factory=asyncio.Event)
    _answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> None:
        self.mend()
        self._server = await asyncio.start_server(self._serve, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Reset every connection."""
        for pair in list(self._pairs):
            pair.abort()

    def hold_requests(self) -> None:
        self._requests.clear()

    def hold_answers(self) -> None:
        self._answers.clear()

    def mend(self) -> None:
        """Be a good link again; what was held back arrives now."""
        if self.loses_answers:
            self.cut()
        self.refuses = self.loses_answers = False
        self.delay = 0.0
        self._requests.set()
        self._answers.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        pair = _Pair(writer)
        self._pairs.add(pair)
        try:
            if not self.refuses:
                await self._join(pair, reader)
        except OSError:
            pass  # an end of either side is the end of both
        finally:
            pair.abort()
            self._pairs.discard(pair)
            self._tasks.discard(task)

    async def _join(self, pair: _Pair, caller: asyncio.StreamReader) -> None:
        server, pair.server = await asyncio.open_connection(HOST, self.target)
        ways = [
            asyncio.ensure_future(self._pump(caller, pair.server, self._requests)),
            asyncio.ensure_future(self._pump(server, pair.caller, self._answers)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            await _flush(pair.caller)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, passes: asyncio.Event
    ) -> None:
        while chunk := await source.read(CHUNK):
            if self.delay:
                await asyncio.sleep(self.delay)
            await passes.wait()
            sink.write(chunk)
            await sink.drain()


async def _flush(writer: asyncio.StreamWriter) -> None:
    """Let what was answered last arrive before the connection is reset."""
    writer.close()
    await writer.wait_closed()
