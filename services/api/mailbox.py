"""A reader's bounded box of live events. Knows neither Redis nor HTTP.

The box may lose events, and then says so: whoever empties it reads the log instead.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum, auto

from services.api.bell import Bell
from shared.events import Event, is_terminal

CAPACITY = 256
Tell = Callable[[Sequence[Event]], int]
"""Pass the first few on at once, and answer how many: the rest is put into the box. It raises
nothing."""
Send = Callable[[Sequence[Event]], bool]
"""Send tokens at once: all, or none of them. It raises nothing."""


class Signal(Enum):
    """What a box holds when it holds no event."""

    SILENCE = auto()
    """Nothing came in the time given."""
    MISSED = auto()
    """Something may have been lost: only the log knows."""
    CLOSED = auto()
    """The service is about to stop."""


class Mailbox:
    """Of one reader, who waits for one thing at a time."""

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._events: deque[Event] = deque()
        self._missed = False
        self._confirmed = False
        self._closed = False
        self._bell = Bell()
        self._tell: Tell | None = None
        self._patience = 0.0

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def has_more(self) -> bool:
        """Whether `take` would answer an event without a wait."""
        return bool(self._events) and not (self._missed or self._closed)

    def put(self, *events: Event) -> None:
        """What came together, in its order."""
        told = self._told(events)
        if told:
            self._bell.put_off(self._patience)
        if told == len(events):
            return
        if len(self._events) + len(events) - told <= self._capacity:
            self._events += events[told:]
            self._bell.ring()
        else:
            self.miss()

    def miss(self) -> None:
        """Something was lost; what the box holds is in the log as well, so it is emptied."""
        self._events.clear()
        self._missed = True
        self._bell.ring()

    def confirm(self) -> None:
        """Redis says that the channel is subscribed: from here on events arrive, but what came
        between this subscription and the one before it did not."""
        self._confirmed = True
        self.miss()

    def close(self) -> None:
        self._closed = True
        self._bell.ring()

    def forget_misses(self) -> None:
        """Call it just before reading the log, never after: a loss in between must count."""
        self._missed = False

    async def wait_confirmed(self, seconds: float) -> None:
        """Return when events can arrive, or when Redis has taken too long to say so: the log alone
        serves until the confirmation comes, more slowly."""
        await self._wait(lambda: self._confirmed or self._closed, seconds)

    async def wait_closed(self, seconds: float) -> None:
        """Pause, but not longer than the service lives."""
        await self._wait(lambda: self._closed, seconds)

    def leave(self) -> None:
        """Nobody looks into it any more."""
        self._bell.stop()

    async def take(self, seconds: float, tell: Tell | None = None) -> Event | Signal:
        """The next event, or why there is none; `tell` is given what comes while it is waited."""
        if not self._is_stirred():
            self._tell, self._patience = tell, seconds
            try:
                came = await self._wait(self._is_stirred, seconds)
            finally:
                self._tell = None
            if not came:
                return Signal.SILENCE
        if self._closed:
            return Signal.CLOSED
        if self._missed:
            return Signal.MISSED
        return self._events.popleft()

    def _told(self, events: Sequence[Event]) -> int:
        """How many of them."""
        return 0 if self._tell is None or self._is_stirred() else self._tell(events)

    def _is_stirred(self) -> bool:
        return bool(self._events) or self._missed or self._closed

    async def _wait(self, is_ready: Callable[[], bool], seconds: float) -> bool:
        """Whether it is so, at once or in time."""
        until = time.monotonic() + seconds
        while not is_ready():
            if not await self._bell.wait(until - time.monotonic()):
                return is_ready()
        return True


async def until_news(mailbox: Mailbox, seconds: float) -> None:
    """Return on an ending, on a loss, or when time is up; tokens pass by."""
    deadline = time.monotonic() + seconds
    while True:
        news = await mailbox.take(max(0.0, deadline - time.monotonic()))
        if isinstance(news, Signal):
            mailbox.forget_misses()
            return
        if is_terminal(news) or time.monotonic() > deadline:
            return
