"""How long answers take to begin. A stream counts up to its first byte, not to its end."""

import time
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class ResponseTimes:
    """Plain ASGI: what stands between a stream and its reader must cost nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _observe(scope, message["status"], time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except Exception:
            if not started:  # Its answer is made outside of this.
                _observe(scope, HTTPStatus.INTERNAL_SERVER_ERROR, time.perf_counter() - began)
            raise


def _observe(scope: Scope, status: int, seconds: float) -> None:
    path = getattr(scope.get("route"), "path", None)
    route = f"{scope['method']} {path}" if path else "none"
    metrics = scope["app"].state.components.metrics
    metrics.response_seconds.labels(route, int(status)).observe(seconds)
