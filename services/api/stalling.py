"""Readers who take nothing for too long. Knows no stories."""

import asyncio
from collections.abc import Callable

from starlette.types import Message, Send


class SendWatch:
    """Watches all sends of an answer with a single timer: a time-out around each costs as much as
    the send.
    """

    def __init__(
        self, send: Send, straight: Send, *, seconds: float, give_up: Callable[[], None]
    ) -> None:
        """`straight`: for parts with more behind them. `give_up`: called if a send takes longer."""
        self._send = send
        self._straight = straight
        self._seconds = seconds
        self._give_up = give_up
        self._loop = asyncio.get_running_loop()
        self._sending_since: float | None = None
        self._timer = self._loop.call_later(seconds, self._look)

    async def send(self, message: Message) -> None:
        self._sending_since = self._loop.time()
        await (self._straight if message.get("more_body") else self._send)(message)
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
