"""What is told to callers whose answer a stopping server has no time left for."""

import asyncio

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.errors import render
from shared.refusals import ServerStoppingError


class Farewell:
    """Plain ASGI, as `ResponseTimes`. The server cancels what is still unanswered at the end of its
    patience, and would answer 500; no caller did anything wrong, and another server may do it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except asyncio.CancelledError:
            if started:
                raise
            farewell = render(Request(scope), ServerStoppingError("Ask again; it may be done."))
            await farewell(scope, receive, send)
