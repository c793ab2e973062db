"""Readers who take nothing for too long. Knows no stories."""

import asyncio
from collections.abc import Callable

from starlette.types import Message, Send


class SendWatch:
    """Watches all sends of an answer with a single timer: a time-out around each costs as much as
    the send.
    """

    def __init__(self, send: Send, *, seconds: float, give_up: Callable[[], None]) -> None:
        """`give_up` is called once a send has taken so long."""
        self._plain_send = send
        self._seconds = seconds
        self._give_up = give_up
        self._loop = asyncio.get_running_loop()
        self._sending_since: float | None = None
        self._timer = self._loop.call_later(seconds, self._look)

    async def send(self, message: Message) -> None:
        self._sending_since = self._loop.time()
        await self._plain_send(message)
        self._sending_since = None

    def close(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        since = now if self._sending_since is None else self._sending_since
        if now - since >= self._seconds:
            self._give_up()
        else:
            self._timer = self._loop.call_at(since + self._seconds, self._look)
