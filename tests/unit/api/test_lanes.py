"""A token goes straight to a reader who waits for it, in its order and once, or the usual way."""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from typing import Any

import httpx2
import pytest
from starlette.types import Message
from structlog.testing import capture_logs

from services.api.mailbox import Mailbox, Signal
from services.api.streams import Encoder, Lane
from shared.events import CheckpointEvent, Event
from shared.joblog import commands
from tests.processes import wait_until
from tests.unit.api.acting import MODEL, Actor, token
from tests.unit.api.followers import followed
from tests.unit.api.serving import Told, assert_whole, collect, events_path

LONG, SHORT = 60.0, 0.05
CHECKPOINT = CheckpointEvent(index=5, sha256="ab")


class Reader:
    """Who is told at once, unless busy."""

    def __init__(self) -> None:
        self.told: list[Event] = []
        self.is_busy = False

    def tell(self, events: Sequence[Event]) -> bool:
        if not self.is_busy:
            self.told += events
        return not self.is_busy


async def soon(waiting: Awaitable[Any]) -> Any:
    async with asyncio.timeout(1):
        return await waiting


async def test_what_comes_while_it_is_waited_for_is_passed_on() -> None:
    box, reader = Mailbox(), Reader()
    taking = asyncio.ensure_future(box.take(LONG, reader.tell))
    await asyncio.sleep(0)
    box.put(token(1))
    box.put(token(2))
    await asyncio.sleep(0)
    assert not taking.done()
    reader.is_busy = True
    box.put(token(3))
    reader.is_busy = False
    box.put(token(4))
    assert await soon(taking) == token(3)
    assert await soon(box.take(0, reader.tell)) == token(4)
    assert reader.told == [token(1), token(2)], "the fourth was behind one that waited"
    box.put(token(5))
    assert await soon(box.take(0)) == token(5), "nobody waited"


async def test_nothing_is_passed_on_behind_a_loss() -> None:
    box, reader = Mailbox(), Reader()
    taking = asyncio.ensure_future(box.take(LONG, reader.tell))
    await asyncio.sleep(0)
    box.miss()
    box.put(token(2))
    assert await soon(taking) is Signal.MISSED
    assert not reader.told


async def test_nothing_is_passed_on_to_who_has_left() -> None:
    box, reader = Mailbox(), Reader()
    taking = asyncio.ensure_future(box.take(LONG, reader.tell))
    await asyncio.sleep(0)
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    box.put(token(1))
    assert not reader.told


async def test_silence_begins_behind_what_was_passed_on() -> None:
    box, reader = Mailbox(), Reader()
    began = time.monotonic()
    taking = asyncio.ensure_future(box.take(4 * SHORT, reader.tell))
    for index in range(8):
        await asyncio.sleep(SHORT)
        box.put(token(index + 1))
        last = time.monotonic()
    assert await taking is Signal.SILENCE
    assert time.monotonic() - last >= 4 * SHORT
    assert last - began >= 8 * SHORT
    assert len(reader.told) == 8


async def test_only_the_token_that_is_next_is_told_at_once(
    redis_url: str, job: str, actor: Actor
) -> None:
    reader = Reader()
    async with followed(redis_url, job, actor, reader.tell) as (follower, box):
        taking = asyncio.ensure_future(follower.next_events())
        await asyncio.sleep(0)
        box.put(token(4))
        box.put(token(5))
        assert follower.progress.cursor == 5
        box.put(token(5))
        assert await soon(taking) == [], "it has been told"
        taking = asyncio.ensure_future(follower.next_events())
        await asyncio.sleep(0)
        box.put(CHECKPOINT)
        box.put(token(6))
        assert await soon(taking) == [CHECKPOINT]
        assert await soon(follower.next_events()) == [token(6)]
        actor.write(5)
        taking = asyncio.ensure_future(follower.next_events())
        await asyncio.sleep(0)
        box.put(token(8))
        assert await soon(taking) == [token(7), token(8)], "the log has what was lost"
        assert reader.told == [token(4), token(5)]


async def test_what_came_together_is_told_together_up_to_what_is_no_token(
    redis_url: str, job: str, actor: Actor
) -> None:
    reader = Reader()
    async with followed(redis_url, job, actor, reader.tell) as (follower, box):
        taking = asyncio.ensure_future(follower.next_events())
        await asyncio.sleep(0)
        box.put(token(4), token(5))
        assert not taking.done()
        box.put(token(6), CheckpointEvent(index=6, sha256="ab"), token(7))
        assert reader.told == [token(4), token(5), token(6)]
        assert await soon(taking) == [CheckpointEvent(index=6, sha256="ab")]
        assert await soon(follower.next_batch()) == [token(7)]


async def test_box_has_room_for_all_that_came_together_or_says_that_it_missed_some() -> None:
    box = Mailbox(capacity=3)
    box.put(token(1), token(2))
    box.put(token(3))
    assert [await box.take(0) for _ in range(3)] == [token(1), token(2), token(3)]
    box.put(token(4), token(5))
    box.put(token(6), token(7))
    assert await box.take(0) is Signal.MISSED


def test_batches_that_begin_alike_are_not_taken_for_each_other() -> None:
    encoder = Encoder()
    first, one, other = token(1), token(2), token(3)
    apart = [Encoder().encode(event) for event in (first, one, other)]
    assert encoder.encode(first, one) == apart[0] + apart[1]
    assert encoder.encode(first, other) == apart[0] + apart[2]
    assert encoder.encode(first) == apart[0]


class Server:
    """An ASGI server's end of an answer. As uvicorn, it waits for room before it writes."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.has_room = asyncio.Event()
        self.failure: Exception | None = None

    async def send(self, message: Message) -> None:
        await self.has_room.wait()
        if self.failure:
            raise self.failure
        self.sent.append(message)


@pytest.fixture
def lane() -> Lane:
    return Lane()


async def test_lane_leads_nowhere_before_the_answer_has_begun(lane: Lane) -> None:
    assert not lane.tell([token(1)])


async def test_lane_sends_nothing_to_a_reader_who_has_enough(lane: Lane) -> None:
    server = Server()
    lane.lead(server.send)
    assert not lane.tell([token(1)])
    server.has_room.set()
    await asyncio.sleep(0)
    assert not server.sent
    assert lane.tell([token(2)])
    [part] = server.sent
    assert part["more_body"]
    assert part["body"].startswith(b"id: 2\r\nevent: token\r\n")


async def test_failure_to_send_is_left_to_the_streams_own_task(lane: Lane) -> None:
    server = Server()
    server.has_room.set()
    server.failure = RuntimeError("no such answer")
    lane.lead(server.send)
    with capture_logs() as logs:
        assert not lane.tell([token(1)])
    assert [each["event"] for each in logs] == ["event not sent at once"]


def test_reader_who_takes_nothing_for_a_while_is_told_every_token_once(
    http: httpx2.Client, job: str, actor: Actor
) -> None:
    """Its connection is full, and what comes meanwhile waits elsewhere."""
    claim = actor.claim()
    texts = [f"{index}:".ljust(60_000, "x") for index in range(1, 201)]
    before = sent_tokens(http)
    with http.stream("GET", events_path(job), timeout=30) as answer:
        for index, text in enumerate(texts, start=1):
            big = token(index).model_copy(update={"text": text})
            actor.joblog.run(commands.append(job, claim.epoch, big, model=MODEL))
        assert sent_tokens(http) - before < len(texts), "the connection took all of it"
        told = Told()
        actor.fail()
        collect(answer, told)
    assert told.indexes() == list(range(1, len(texts) + 1))
    assert told.text() == "".join(texts)
    assert told.names()[-1] == "error"
    all_of_them = before + len(texts)
    wait_until(lambda: sent_tokens(http) == all_of_them, seconds=5, what="all are counted")


def sent_tokens(http: httpx2.Client) -> float:
    lines = http.get("/metrics").text.splitlines()
    [line] = [line for line in lines if line.startswith('once_events_sent_total{type="token"}')]
    return float(line.split()[-1])


def test_live_tokens_are_whole_beside_checkpoints(
    http: httpx2.Client, job: str, actor: Actor
) -> None:
    actor.claim()
    with http.stream("GET", events_path(job), timeout=30) as answer:
        for _ in range(20):
            actor.write(7, checkpoint=True)
        actor.finish()
        told = Told()
        collect(answer, told)
    assert_whole(told, 140)
    assert [event["index"] for event in told.of("checkpoint")] == list(range(7, 141, 7))
