"""`python -m tests.bench.relay.readers`: thousands of SSE readers in one process, told what to do.

They look at no more of what they read than they must, so as not to be what limits.
"""

import asyncio
import threading
import time
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar

from tests.bench.children import serve
from tests.bench.findings import percentile
from tests.bench.stack.client import HOST

_TOKEN, _STARTED, _TEXT = b"event: token", b"event: started", b'"text":"'
CONNECTING = 64
"""At a time."""
RETRY_SECONDS = 0.5
"""After which a reader that was refused asks again, as clients do at a 503."""
T = TypeVar("T")


class Tally:
    """What all readers have seen since it was reset."""

    def __init__(self) -> None:
        self.lost = 0
        self.refused = 0
        self.reset()

    def reset(self) -> None:
        self.events = 0
        self.last_at = 0.0
        self.delays: list[float] = []

    def take(self, data: bytes) -> None:
        """What came, behind the end of what came before: too little of it to count a mark twice."""
        count = data.count(_TOKEN)
        if count:
            self.events += count
            self.last_at = time.monotonic()
            self._note_delay(data)

    def _note_delay(self, data: bytes) -> None:
        """Of the oldest token of those that came together."""
        start = data.find(_TEXT) + len(_TEXT)
        text = data[start : data.find(b'"', start)]
        if start >= len(_TEXT) and text.isdigit():
            self.delays.append(1000 * self.last_at - int(text) / 1e6)


class Reader(asyncio.Protocol):
    """`begun` is done once it was told that its story has begun."""

    def __init__(self, job_id: str, tally: Tally) -> None:
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._job_id = job_id
        self._tally = tally
        self._behind = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        request = f"GET /v1/jobs/{self._job_id}/events HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
        transport.write(request.encode())

    def data_received(self, data: bytes) -> None:
        self._tally.take(self._behind + data)
        if not self.begun.done() and _STARTED in self._behind + data:
            self.begun.set_result(None)
        self._behind = data[-len(_TOKEN) + 1 :]

    def connection_lost(self, exc: Exception | None) -> None:
        if self.begun.done():
            self._tally.lost += 1
        else:
            self.begun.set_exception(ConnectionError(f"{self._job_id} is not told"))


class Crowd:
    """All readers, in a loop of their own, so that questions can be answered meanwhile."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def answer(self, question: dict[str, Any]) -> object:
        """Asked to connect, to begin a new tally, or for the tally."""
        match question:
            case {"connect": job_ids, "port": port}:
                self._run(self._connect(job_ids, port))
            case {"reset": True}:
                self._run(self._reset())
        return self._run(self._look())

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _connect(self, job_ids: Sequence[str], port: int) -> None:
        places = asyncio.Semaphore(CONNECTING)

        async def open_one(job_id: str) -> None:
            async with places:
                while not await self._told(job_id, port):
                    self._tally.refused += 1
                    await asyncio.sleep(RETRY_SECONDS)

        await asyncio.gather(*map(open_one, job_ids))

    async def _told(self, job_id: str, port: int) -> bool:
        make = partial(Reader, job_id, self._tally)
        _, reader = await self._loop.create_connection(make, HOST, port)
        try:
            await reader.begun
        except ConnectionError:
            return False
        return True

    async def _reset(self) -> None:
        self._tally.reset()

    async def _look(self) -> dict[str, Any]:
        tally = self._tally
        delays = tally.delays or [0.0]
        return {
            "lost": tally.lost,
            "refused": tally.refused,
            "events": tally.events,
            "last_at": tally.last_at,
            "p50": percentile(delays, 0.5),
            "p95": percentile(delays, 0.95),
        }


if __name__ == "__main__":
    serve(Crowd().answer)
