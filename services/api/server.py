"""The HTTP server, which on its way out lets open streams end instead of waiting for them."""

import asyncio
import socket
import time

import uvicorn
from fastapi import FastAPI

from services.api.settings import ApiSettings

SHUTDOWN_SECONDS = 3
LOOK_SECONDS = 0.1
KEEP_ALIVE_SECONDS = 75
"""Longer than whoever sends requests keeps an idle connection: httpx 5 s, nginx 60 s. A request
that comes over one just as it is closed would have no answer."""


class ApiServer(uvicorn.Server):
    def __init__(self, app: FastAPI, config: uvicorn.Config, *, leave_seconds: float) -> None:
        super().__init__(config)
        self._app = app
        self._leave_seconds = leave_seconds

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve on until nobody is sent here any more, since a gateway keeps connections open."""
        self._app.state.is_leaving = True
        until = time.monotonic() + self._leave_seconds
        # A second signal sets `force_exit`, and nothing that could be waited for.
        while time.monotonic() < until and not self.force_exit:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
        self._app.state.components.hub.close()
        await super().shutdown(sockets)


def make_server(app: FastAPI, settings: ApiSettings) -> ApiServer:
    config = uvicorn.Config(
        app,
        host=settings.api_host,
        port=settings.api_port,
        access_log=False,
        log_config=None,
        ws="none",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    return ApiServer(app, config, leave_seconds=settings.api_leave_seconds)
