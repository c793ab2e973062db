"""The HTTP server, which on its way out lets open streams end instead of waiting for them."""

import socket

import uvicorn
from fastapi import FastAPI

from services.api.settings import ApiSettings

SHUTDOWN_SECONDS = 3


class ApiServer(uvicorn.Server):
    def __init__(self, app: FastAPI, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
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
    )
    return ApiServer(app, config)
