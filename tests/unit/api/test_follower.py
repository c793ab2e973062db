"""A reader that falls behind is served from the log; its box stays bounded."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any
from unittest.mock import AsyncMock

import anyio
import httpx2
import pytest

from services.api.following import follow
from services.api.hub import Hub
from services.api.mailbox import CAPACITY, Mailbox, Signal
from services.api.replay import Record
from shared.connections import connect, connect_async
from shared.events import ResumedEvent, TokenEvent, is_terminal
from shared.joblog import AsyncJobLog, Command, LogEntry
from shared.metrics import ApiMetrics
from tests.jobs import submit_job
from tests.unit.api.acting import MODEL, Actor, done, story, token
from tests.unit.api.followers import at_once, followed, nothing
from tests.unit.api.library.test_archive import forget_everything

ENDING = done(story(5), 5)


@contextlib.asynccontextmanager
async def relay(redis_url: str) -> AsyncIterator[tuple[AsyncJobLog, Hub]]:
    client = connect_async(redis_url)
    hub = Hub(redis_url, ApiMetrics())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hub.run)
        yield AsyncJobLog(client), hub
        tasks.cancel_scope.cancel()
    await client.aclose()


async def test_slow_reader_falls_back_to_the_log(redis_url: str, job: str, actor: Actor) -> None:
    tokens = 2 * CAPACITY + 100
    metrics = ApiMetrics()
    async with relay(redis_url) as (joblog, hub):
        await asyncio.to_thread(actor.claim)
        batches = follow(joblog, hub, metrics, job_id=job, cursor=0, recall=nothing, settle=at_once)
        [first] = await anext(batches)
        assert first.type == "started"
        await asyncio.to_thread(actor.write, tokens)
        await asyncio.to_thread(actor.finish)
        rest = [event async for events in batches for event in events]
    assert [event.index for event in rest if isinstance(event, TokenEvent)] == [
        *range(1, tokens + 1)
    ]
    assert rest[-1].type == "done"


async def test_overflowing_box_is_emptied_and_says_so() -> None:
    box = Mailbox(capacity=2)
    for index in (1, 2):
        box.put(token(index))
    assert await box.take(0) == token(1)
    for index in (3, 4):
        box.put(token(index))
    assert await box.take(0) is Signal.MISSED
    box.forget_misses()
    assert await box.take(0) is Signal.SILENCE
    box.put(token(5))
    assert await box.take(0) == token(5)


async def test_readers_of_one_story_share_a_subscription(
    redis_url: str, http: httpx2.Client, job: str, actor: Actor
) -> None:
    async with relay(redis_url) as (joblog, hub):
        readers = [
            follow(joblog, hub, ApiMetrics(), job_id=job, cursor=0, recall=nothing, settle=at_once)
            for _ in range(3)
        ]
        for reader in readers:
            assert [event.type for event in await anext(reader)] == ["queued"]
        client = connect_async(redis_url)
        subscribers = await client.pubsub_numsub(f"job:{{{job}}}")
        await client.aclose()
        assert subscribers[0][1] == 1
        for reader in readers:
            await reader.aclose()


async def test_live_repeats_are_dropped_and_the_next_token_is_told(
    redis_url: str, job: str, actor: Actor
) -> None:
    async with followed(redis_url, job, actor) as (follower, box):
        for index in (2, 3, 4):
            box.put(token(index))
        told = [await follower.next_events() for _ in range(3)]
    assert told == [[], [], [token(4)]]


async def test_what_has_come_meanwhile_is_told_at_once(
    redis_url: str, job: str, actor: Actor
) -> None:
    async with followed(redis_url, job, actor) as (follower, box):
        for index in (3, 4, 5, 6):
            box.put(token(index))
        assert await follower.next_batch() == [token(4), token(5), token(6)]
        actor.write(4)
        box.put(token(7))
        box.miss()
        assert not box.has_more
        assert await follower.next_batch() == [token(7)], "the log says what the box has lost"
        box.put(token(8))
        box.close()
        assert not box.has_more
        assert await follower.next_batch() == []
        assert follower.ended


async def test_ending_is_told_once_though_it_was_read_before_it_was_heard(
    redis_url: str, job: str, actor: Actor
) -> None:
    async with followed(redis_url, job, actor) as (follower, box):
        actor.finish()
        box.miss()
        box.put(ENDING)
        assert [event.type for event in await follower.next_batch()] == ["done"]


async def test_new_subscription_sends_the_reader_to_the_log_at_once(
    redis_url: str, job: str, actor: Actor
) -> None:
    async with followed(redis_url, job, actor) as (follower, box):
        actor.append_silently()
        box.confirm()
        async with asyncio.timeout(1):
            assert await follower.next_events() == [token(4)]


async def test_token_before_the_cursor_of_a_shortened_log_is_not_told_again(
    redis_url: str, job: str, actor: Actor
) -> None:
    """A Redis that crashed may have lost its last second; the tokens are then written again."""
    async with followed(redis_url, job, actor) as (follower, box):
        box.put(token(4))
        box.put(token(5))
        assert [await follower.next_events(), await follower.next_events()] == [
            [token(4)],
            [token(5)],
        ]
        box.confirm()
        assert await follower.next_events() == []
        actor.write(3)
        box.confirm()
        assert await follower.next_events() == [token(6)]


async def test_start_is_told_before_its_tokens_though_it_came_between_two_looks(
    redis_url: str, job: str, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with followed(redis_url, job, actor) as (follower, box):
        actor.release()

        async def look_twice(joblog: AsyncJobLog, asked: Sequence[Command[Any]]) -> list[Any]:
            monkeypatch.undo()
            record = await joblog.run(asked[0])
            actor.claim()
            actor.write(2)
            return [record, await joblog.run(asked[1])]

        monkeypatch.setattr(AsyncJobLog, "run_all", look_twice)
        box.miss()
        told = [*await follower.next_events(), *await follower.next_events()]
        assert told == [ResumedEvent(attempt=2), token(4), token(5)]


async def test_takeover_is_told_though_the_story_has_ended_meanwhile(
    redis_url: str, job: str, actor: Actor
) -> None:
    async with followed(redis_url, job, actor) as (follower, box):
        actor.write(1)
        actor.finish()
        box.put(ResumedEvent(attempt=2))
        told = await follower.next_events()
        assert told[:2] == [ResumedEvent(attempt=2), token(4)]
        assert is_terminal(told[-1])


async def test_rest_of_an_ended_story_is_told_from_the_archive_once_redis_has_lost_it(
    redis_url: str, job: str, actor: Actor
) -> None:
    async with followed(redis_url, job, actor) as (follower, box):
        kept = Record([LogEntry(token(index), None) for index in range(1, 6)], ENDING, 5)
        follower.recall = AsyncMock(return_value=kept)
        forget_everything(redis_url)
        box.confirm()
        assert await follower.next_events() == [token(4), token(5), ENDING]
        assert follower.ended


@pytest.mark.parametrize("what", ["all", "the log"])
async def test_lost_story_is_waited_for_and_told_on(
    redis_url: str, job: str, actor: Actor, what: str
) -> None:
    """Also if it had ended, and was lost between two looks."""
    async with followed(redis_url, job, actor) as (follower, box):
        recall = follower.recall = AsyncMock(return_value=None)
        actor.write(2)
        actor.finish()
        client = connect(redis_url)
        client.delete(*([f"job:{{{job}}}"] if what == "all" else []), f"job:{{{job}}}:log")
        box.confirm()
        assert await follower.next_events() == []
        assert not follower.ended
        if what == "all":
            recall.assert_awaited_once_with()
        else:
            assert client.hget(f"job:{{{job}}}", "status") == "damaged"
        client.flushall()
        client.close()
        submit_job(actor.joblog, job, model=MODEL)
        actor.claim()
        actor.write(5)
        actor.finish()
        told = await follower.next_events()
        assert told[:-1] == [token(4), token(5)]
        assert is_terminal(told[-1])
