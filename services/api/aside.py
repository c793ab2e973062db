"""Work that would hold up the loop: in a thread, one piece after the other. Knows no piece.

It is Python, which takes turns with the loop, and the more threads want a turn, the rarer is the
loop's: with 24 crafted texts judged at once an answer took up to 2.8 s, by two 0.12 s, by one
0.06 s. And who waits here takes no thread from the database.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, TypeVarTuple, Unpack
from weakref import WeakValueDictionary

import anyio
import anyio.to_thread

T = TypeVar("T")
Args = TypeVarTuple("Args")
AT_ONCE = 1


def _locks() -> WeakValueDictionary[str, anyio.Lock]:
    return WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class Aside:
    _turn: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(AT_ONCE))
    _of: WeakValueDictionary[str, anyio.Lock] = field(default_factory=_locks)
    """Of whoever has something here now."""

    async def run(self, of: str, work: Callable[[Unpack[Args]], T], *args: *Args) -> T:
        """Whoever has much to be done lets everybody else go first after each piece."""
        async with self._of.setdefault(of, anyio.Lock()):
            return await anyio.to_thread.run_sync(work, *args, limiter=self._turn)
