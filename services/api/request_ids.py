"""A name for each request, in its answer and in every line that is logged on its way."""

import re
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, get_contextvars

HEADER = "X-Request-Id"
_NAME = "request_id"
_SANE = re.compile(r"[A-Za-z0-9._-]{1,128}")


class RequestIds:
    """Plain ASGI, as `ResponseTimes`. A gateway's name for the request, or its caller's, is kept,
    so that their logs and ours speak of the same; it proves nothing.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if _SANE.fullmatch(given) else uuid.uuid4().hex
        # Never unbound: the server, which logs the stack of an unexpected error, stands outside,
        # and each request has a task, and so a context, of its own.
        bind_contextvars(**{_NAME: request_id})

        async def named_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        await self._app(scope, receive, named_send)


def current_request_id() -> str:
    """Of the request that is served."""
    return str(get_contextvars()[_NAME])
