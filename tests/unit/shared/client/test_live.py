"""`write` and what one can do with a story, in both faces."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from shared.client import (
    AsyncClient,
    BrokenStoryError,
    Client,
    ClientCode,
    ClientSettings,
    NotThereError,
    StoryFailedError,
    UnavailableError,
)
from shared.errors import ErrorCode
from shared.jobs import JobError
from shared.sampling import SamplingParams
from shared.schemas import Genre, JobStatus, StoryControls
from tests.fake_api import FakeApi
from tests.fake_job import PIECES, Cut

T = TypeVar("T")
STORY = "".join(PIECES)


def awaited(settings: ClientSettings, act: Callable[[AsyncClient], Awaitable[T]]) -> T:
    async def run() -> T:
        async with AsyncClient(settings=settings, retry_seconds=1) as client:
            return await act(client)

    return asyncio.run(run())


def test_a_story_is_its_words_as_they_come(api: FakeApi, client: Client) -> None:
    story = client.write(
        "A fox", controls=StoryControls(genre=Genre.COMEDY), sampling=SamplingParams(seed=7)
    )
    assert list(story) == PIECES
    assert story.text == STORY
    asked = api.jobs[story.id].request
    assert (asked.story_seed, asked.controls.genre, asked.sampling.seed) == ("A fox", "comedy", 7)


def test_a_story_is_awaited_word_by_word(api: FakeApi, settings: ClientSettings) -> None:
    async def act(client: AsyncClient) -> list[str]:
        story = await client.write("A fox")
        return [piece async for piece in story]

    assert awaited(settings, act) == PIECES


def test_the_result_is_what_was_told_whether_or_not_it_was_iterated(
    api: FakeApi, client: Client
) -> None:
    story = client.write("A fox")
    assert next(story) == PIECES[0]
    assert story.result().text == story.text == STORY
    assert client.write("A fox").result().receipt is not None


def test_the_result_is_awaited(api: FakeApi, settings: ClientSettings) -> None:
    async def act(client: AsyncClient) -> str:
        story = await client.write("A fox")
        assert await anext(story) == PIECES[0]
        job = await story.result()
        assert story.text == job.text
        return job.text

    assert awaited(settings, act) == STORY


def test_a_cut_is_not_noticed(api: FakeApi, client: Client) -> None:
    job = api.add()
    job.scripts = [[*job.tokens(1, 3), Cut()]]
    assert "".join(client.follow(job.id)) == STORY
    assert job.cursors == [0, 3]


def test_a_stored_text_that_was_never_told_is_no_result(api: FakeApi, client: Client) -> None:
    job = api.add()
    told = client.follow(job.id)
    list(told)
    job.pieces[-1] = "!"
    with pytest.raises(BrokenStoryError, match="stored"):
        told.result()


def test_a_failed_story_says_so_behind_its_last_word(
    api: FakeApi, client: Client, settings: ClientSettings
) -> None:
    job = api.add(written=2)
    job.error = JobError(code=ErrorCode.GENERATION_FAILED, detail="The model broke.")
    story = client.follow(job.id)
    for _ in range(2):
        with pytest.raises(StoryFailedError, match="The model broke"):
            story.result()
    assert story.text == "Once upon"

    async def act(client: AsyncClient) -> None:
        await client.follow(job.id).result()

    with pytest.raises(StoryFailedError, match="The model broke"):
        awaited(settings, act)


def test_who_gave_up_goes_on_at_the_next_word(api: FakeApi, client: Client) -> None:
    job = api.add(written=2)
    story = client.follow(job.id)
    with pytest.raises(UnavailableError) as caught:
        list(story)
    assert (caught.value.code, story.text) == (ClientCode.STALLED, "Once upon")
    job.written = 8
    assert story.result().text == STORY


def test_who_interrupts_it_goes_on_at_the_next_word(api: FakeApi, client: Client) -> None:
    job = api.add(written=2)
    story = client.follow(job.id)
    assert [next(story), next(story)] == PIECES[:2]
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            next(story)
    finally:
        signal.signal(signal.SIGALRM, before)
    job.written = 8
    assert story.result().text == STORY


def test_who_ran_out_of_time_goes_on_at_the_next_word(
    api: FakeApi, settings: ClientSettings
) -> None:
    job = api.add(written=2)

    async def act(client: AsyncClient) -> str:
        story = client.follow(job.id)
        assert [await anext(story), await anext(story)] == PIECES[:2]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(story), 0.05)
        job.written = 8
        return (await story.result()).text

    assert awaited(settings, act) == STORY


def test_a_cancelled_story_ends_with_what_it_has(api: FakeApi, client: Client) -> None:
    job = api.add(written=2)
    story = client.follow(job.id)
    assert next(story) == "Once"
    story.cancel()
    ended = story.result()
    assert (ended.status, ended.text, ended.receipt) == (JobStatus.CANCELLED, "Once upon", None)


def test_no_story_is_no_story(client: Client, settings: ClientSettings) -> None:
    with pytest.raises(NotThereError):
        list(client.follow("nothing"))

    async def act(client: AsyncClient) -> None:
        await client.follow("nothing").result()

    with pytest.raises(NotThereError):
        awaited(settings, act)
