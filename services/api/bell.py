"""A bell for one who waits for it. Knows nothing of what it is rung for."""

import asyncio


class Bell:
    """As `asyncio.Event` and `asyncio.timeout` together, at half of their cost where rings come
    one soon after the other: a single timer serves many waits, each of which only moves its end.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung: asyncio.Future[bool] | None = None
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def ring(self) -> None:
        """Wake who waits; with nobody there it is not heard."""
        self._answer(True)

    async def wait(self, seconds: float) -> bool:
        """Whether it rang within so many seconds. One waits at a time."""
        self._until = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._until:
            self.stop()
            self._timer = self._loop.call_at(self._until, self._look)
        self._rung = self._loop.create_future()
        try:
            return await self._rung
        finally:
            self._rung = None

    def put_off(self, seconds: float) -> None:
        """Let who waits wait so long from now on."""
        self._until = self._loop.time() + seconds

    def stop(self) -> None:
        """Keep time no longer: to be called when nobody is to wait any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _answer(self, rang: bool) -> None:
        if self._rung is not None and not self._rung.done():
            self._rung.set_result(rang)

    def _look(self) -> None:
        self._timer = None
        if self._loop.time() >= self._until:
            self._answer(False)
        else:
            self._timer = self._loop.call_at(self._until, self._look)
