"""Many readers at a time: all at once, or one more when the others are under way."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from tests.bench.findings import Sample
from tests.bench.stack.client import STREAM_SECONDS, Server, Stream, read
from tests.bench.stack.dialects import Wanted
from tests.faults.member import until

T = TypeVar("T")
WARM_TOKENS = 8


def warm_up(server: Server, wanted: Sequence[Wanted]) -> None:
    """A few tokens of each."""
    read_together(server, [Wanted(each.story, WARM_TOKENS, each.seed) for each in wanted])


def read_together(server: Server, wanted: Sequence[Wanted]) -> list[Stream]:
    return asyncio.run(_together(server, wanted))


def join(server: Server, wanted: Sequence[Wanted]) -> Sample:
    """The last asks when a quarter of a story is told to one of the others."""
    return asyncio.run(_joining(server, wanted))


async def read_beside(
    server: Server,
    wanted: Sequence[Wanted],
    watch: Callable[[Sequence[Stream]], Awaitable[T]],
) -> T:
    """What the watch found while they were read; all are read to their end. A reader that fails
    ends the watch.
    """
    streams = [Stream(each.tokens) for each in wanted]
    reading = asyncio.gather(*map(partial(read, server), wanted, streams))
    _, found = await asyncio.gather(reading, watch(streams))
    return found


async def _together(server: Server, wanted: Sequence[Wanted]) -> list[Stream]:
    streams = [Stream(each.tokens) for each in wanted]
    await asyncio.gather(*map(partial(read, server), wanted, streams))
    return streams


async def _joining(server: Server, wanted: Sequence[Wanted]) -> Sample:
    *busy, late = wanted
    joined = Stream(late.tokens)

    async def join_them(streams: Sequence[Stream]) -> None:
        async def is_under_way() -> bool:
            return any(each.so_far() >= each.tokens / 4 for each in streams)

        await until(is_under_way, seconds=STREAM_SECONDS, what="the others are under way")
        await read(server, late, joined)

    await read_beside(server, busy, join_them)
    return {"first token p50, ms": 1000 * (joined.first - joined.asked)}
