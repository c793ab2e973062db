"""The HTTP server, which on its way out lets open streams end instead of waiting for them."""

import asyncio
import socket
import time
from types import FrameType

import anyio
import uvicorn
from fastapi import FastAPI

from services.api.rounds import until_next
from services.api.settings import ApiSettings

SHUTDOWN_SECONDS = 3
LOOK_SECONDS = 0.1
TICK_SECONDS = 1.0
"""Between two looks at the clock for the answers' date. uvicorn's own loop comes round every 0.1 s,
to see whether it is to end: a process that did nothing else took 1.1 to 1.5 % of a core."""
KEEP_ALIVE_SECONDS = 75
"""Longer than whoever sends requests keeps an idle connection: httpx 5 s, nginx 60 s. A request
that comes over one just as it is closed would have no answer."""


class ApiServer(uvicorn.Server):
    def __init__(self, app: FastAPI, config: uvicorn.Config, *, leave_seconds: float) -> None:
        super().__init__(config)
        self._app = app
        self._leave_seconds = leave_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told_to_exit = asyncio.Event()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.exit_soon()

    def exit_soon(self) -> None:
        """From any thread, or from a signal's handler while the loop sleeps."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told_to_exit.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with anyio.move_on_after(until_next(TICK_SECONDS)):
                await self._told_to_exit.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve on until nobody is sent here any more, since a gateway keeps connections open."""
        state = self._app.state
        state.is_leaving = True
        until = time.monotonic() + self._leave_seconds
        # A second signal sets `force_exit`, and nothing that could be waited for.
        while time.monotonic() < until and not self.force_exit:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
        state.components.hub.close()
        state.closing.set()
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
