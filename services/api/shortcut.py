"""A way past all that stands between an answer and the server, for parts of a long answer."""

from starlette.types import ASGIApp, Receive, Scope, Send

_SERVER = "once.server"


class Shortcut:
    """Plain ASGI, around all others, which watch how an answer begins and ends, and may not change
    what is between. On its way through them an event cost the API an eighth of its time.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_SERVER] = send
        await self._app(scope, receive, send)


def straight(scope: Scope) -> Send:
    """To the server."""
    send: Send = scope[_SERVER]
    return send
