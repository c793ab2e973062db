"""A reader without HTTP, and what it knows of a library."""

import contextlib
from collections.abc import AsyncIterator

from services.api.follower import Follower
from services.api.mailbox import Mailbox, Send
from services.api.replay import Record
from shared.connections import connect_async
from shared.errors import UnknownJobError
from shared.joblog import AsyncJobLog
from shared.metrics import ApiMetrics
from tests.unit.api.acting import Actor


async def at_once() -> bool:
    return True


async def nothing() -> Record | None:
    raise UnknownJobError("nobody knows it")


@contextlib.asynccontextmanager
async def followed(
    redis_url: str, job: str, actor: Actor, send: Send | None = None
) -> AsyncIterator[tuple[Follower, Mailbox]]:
    """A reader who has been told the first three tokens, and a box that the test fills."""
    actor.claim()
    actor.write(3)
    client = connect_async(redis_url)
    box = Mailbox()
    follower = Follower(
        AsyncJobLog(client),
        box,
        ApiMetrics(),
        job_id=job,
        cursor=0,
        recall=nothing,
        settle=at_once,
        send=send,
    )
    events = await follower.next_events()
    assert [event.type for event in events] == ["started", "token", "token", "token"]
    yield follower, box
    await client.aclose()
