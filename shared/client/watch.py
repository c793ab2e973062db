"""A story's events, exactly once, through any number of dropped connections.

The two faces of `Following`: they connect, hand in what comes and pause; they decide nothing.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator

import httpx2

from shared.client.errors import ApiError, ClientCode, answered_problem, error_of, reaching
from shared.client.following import Following
from shared.client.transport import AsyncTransport, Transport, patience
from shared.client.wire import overheard
from shared.events import Event
from shared.jobs import JobView


class Watch:
    """Iterate it; after an error once more, to go on at the next token.

    Another thread may look at `trouble` and may `close()` it.
    """

    def __init__(
        self, transport: Transport, path: str, *, after: int, read_job: Callable[[], JobView]
    ) -> None:
        self._transport = transport
        self._path = path
        self._read_job = read_job
        self._following = Following(transport.settings, after=after)
        self._closed = threading.Event()

    @property
    def trouble(self) -> ApiError | None:
        """Why the stream is interrupted at the moment; None while it flows."""
        return self._following.trouble

    def close(self) -> None:
        """End the iteration at the next byte (the API pings) or reconnect, without an error."""
        self._closed.set()

    def __iter__(self) -> Iterator[Event]:
        """Yield up to the terminal event. Raises ApiError: refused, altered text, or silence."""
        following = self._following
        following.begin()
        while not (following.has_ended or self._closed.is_set()):
            trouble = None
            try:
                with reaching(str(self._transport.settings.api_url)):
                    yield from self._one_connection()
            except ApiError as error:
                trouble = error
            if not (following.has_ended or self._closed.is_set()):
                self._closed.wait(following.pause_after(trouble))

    def _one_connection(self) -> Iterator[Event]:
        following, settings = self._following, self._transport.settings
        headers, silence = following.headers(), patience(settings, settings.stream_silence_seconds)
        http = self._transport.http
        with http.stream("GET", self._path, headers=headers, timeout=silence) as response:
            if response.status_code == httpx2.codes.NO_CONTENT:
                yield following.end_with(self._read_job())
                return
            if not response.is_success:
                response.read()
                raise answered_problem(response)
            for message in overheard(response, self._hear):
                event = following.take(message)
                if event is not None:
                    with following.away():
                        yield event
                if following.has_ended:
                    return

    def _hear(self, *, first: bool) -> None:
        self._following.hear(first=first)
        if self._closed.is_set():
            raise error_of(ClientCode.DROPPED, "The reader closed the stream.")


class AsyncWatch:
    """The same for asyncio. Whoever leaves early closes the iterator (`aclosing`)."""

    def __init__(
        self,
        transport: AsyncTransport,
        path: str,
        *,
        after: int,
        read_job: Callable[[], Awaitable[JobView]],
    ) -> None:
        self._transport = transport
        self._path = path
        self._read_job = read_job
        self._following = Following(transport.settings, after=after)

    @property
    def trouble(self) -> ApiError | None:
        """Why the stream is interrupted at the moment; None while it flows."""
        return self._following.trouble

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Yield up to the terminal event. Raises ApiError: refused, altered text, or silence."""
        following = self._following
        following.begin()
        while not following.has_ended:
            trouble = None
            try:
                with reaching(str(self._transport.settings.api_url)):
                    async with contextlib.aclosing(self._one_connection()) as events:
                        async for event in events:
                            yield event
            except ApiError as error:
                trouble = error
            if not following.has_ended:
                await asyncio.sleep(following.pause_after(trouble))

    async def _one_connection(self) -> AsyncGenerator[Event]:
        following, settings = self._following, self._transport.settings
        headers, silence = following.headers(), patience(settings, settings.stream_silence_seconds)
        http = self._transport.http
        async with http.stream("GET", self._path, headers=headers, timeout=silence) as response:
            if response.status_code == httpx2.codes.NO_CONTENT:
                yield following.end_with(await self._read_job())
                return
            if not response.is_success:
                await response.aread()
                raise answered_problem(response)
            async for message in overheard(response, following.hear):
                event = following.take(message)
                if event is not None:
                    with following.away():
                        yield event
                if following.has_ended:
                    return
