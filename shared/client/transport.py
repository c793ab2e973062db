"""The two ways in which calls travel: they send, wait and try again; they decide nothing."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any, TypedDict, TypeVar

import httpx2
from opentelemetry.trace import SpanKind

from shared.client.calls import Call
from shared.client.errors import ApiError, reaching
from shared.client.pauses import Tries
from shared.client.settings import ClientSettings
from shared.tracing import current_traceparent, tracer

T = TypeVar("T")
Session = Callable[[], str | None]
"""Who of the many that read through this client asks now: each has a turn of its own."""


def no_session() -> None:
    """Of a client that acts for one reader."""


class _Options(TypedDict):
    base_url: str
    limits: httpx2.Limits
    headers: dict[str, str]
    trust_env: bool


class Transport:
    """One pool of connections to one API. Safe to share between threads."""

    def __init__(self, settings: ClientSettings, *, retry_seconds: float, session: Session) -> None:
        self.settings = settings
        self.http = httpx2.Client(**_options(settings))
        self._session = session
        self._retry_seconds = retry_seconds

    def run(self, call: Call[T]) -> T:
        """Raises ApiError."""
        tries = Tries(call, self._retry_seconds)
        with _traced(call):
            while True:
                try:
                    with reaching(str(self.settings.api_url)):
                        answer = self.http.send(self._request(call))
                    return call.result(answer)
                except ApiError as error:
                    seconds = tries.pause_after(error)
                time.sleep(seconds)

    def _request(self, call: Call[Any]) -> httpx2.Request:
        request = _request(self.http, self.settings, call)
        if (session := self._session()) is not None:
            request.headers["Once-Session"] = session
        return request

    def close(self) -> None:
        self.http.close()


class AsyncTransport:
    """The same for asyncio. Safe to share between tasks."""

    def __init__(self, settings: ClientSettings, *, retry_seconds: float) -> None:
        self.settings = settings
        self.http = httpx2.AsyncClient(**_options(settings))
        self._retry_seconds = retry_seconds

    async def run(self, call: Call[T]) -> T:
        """Raises ApiError."""
        tries = Tries(call, self._retry_seconds)
        with _traced(call):
            while True:
                try:
                    with reaching(str(self.settings.api_url)):
                        answer = await self.http.send(_request(self.http, self.settings, call))
                    return call.result(answer)
                except ApiError as error:
                    seconds = tries.pause_after(error)
                await asyncio.sleep(seconds)

    async def aclose(self) -> None:
        await self.http.aclose()


def patience(settings: ClientSettings, seconds: float) -> httpx2.Timeout:
    """For an answer; whether anybody listens at all is known sooner."""
    return httpx2.Timeout(seconds, connect=settings.connect_timeout_seconds)


def _options(settings: ClientSettings) -> _Options:
    key = settings.api_key
    return {
        "base_url": str(settings.api_url),
        # Every open story holds one connection, so the pool has no upper bound.
        "limits": httpx2.Limits(max_connections=None, max_keepalive_connections=20),
        "headers": {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {},
        # The API is ours: a proxy from the environment would only stand between.
        "trust_env": False,
    }


def _request(
    http: httpx2.Client | httpx2.AsyncClient, settings: ClientSettings, call: Call[Any]
) -> httpx2.Request:
    traceparent = current_traceparent()
    return http.build_request(
        call.method,
        call.path,
        params={name: value for name, value in call.params.items() if value is not None},
        headers={**call.headers, **({"traceparent": traceparent} if traceparent else {})},
        content=call.content,
        timeout=patience(settings, (call.within or settings.request_timeout_seconds) + call.wait),
    )


@contextlib.contextmanager
def _traced(call: Call[Any]) -> Iterator[None]:
    """What changes something is a step of the trace that it begins or belongs to."""
    if call.method == "GET":
        yield
        return
    about = {"http.request.method": call.method, "url.path": call.path}
    with tracer.start_as_current_span("click", kind=SpanKind.CLIENT, attributes=about):
        yield
