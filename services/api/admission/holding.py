"""What an answer holds of somebody's share is let go before its last byte: whoever has read an
answer to its end may ask again at once. Knows neither callers nor limits.
"""

from contextlib import ExitStack

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HELD = "once.held"


def held(request: Request) -> ExitStack:
    """Whatever is entered here is left with the answer, however that ends."""
    stack: ExitStack = request.scope[_HELD]
    return stack


class Holding:
    """Plain ASGI, as `ResponseTimes`. A dependency would be left only behind the last byte."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with ExitStack() as stack:

            async def last_send(message: Message) -> None:
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    stack.close()
                await send(message)

            scope[_HELD] = stack
            await self._app(scope, receive, last_send)
