"""The client, in both faces, against real processes and a link that breaks."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from shared.client import AsyncClient, Client
from shared.events import Event, TokenEvent
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest, JobStatus
from tests.faults.proxy import Link
from tests.processes import wait_until
from tests.stack import Stack

TOKENS = 300


def request(number: int, *, tokens: int = TOKENS) -> GenerateRequest:
    return GenerateRequest(
        story_seed=f"A lighthouse keeper who counts {number} ships",
        sampling=SamplingParams(seed=number, max_new_tokens=tokens, end_at_sentence=False),
    )


@pytest.fixture(scope="module")
def served(stack: Stack) -> Stack:
    stack.add_worker("writer")
    return stack


@pytest.fixture
def client(served: Stack) -> Iterator[Client]:
    with Client(served.api_url) as client:
        yield client


@pytest.fixture
async def link(served: Stack) -> AsyncIterator[Link]:
    link = Link(int(served.api_url.rpartition(":")[2]))
    await link.open()
    yield link
    await link.close()


def test_a_story_is_written_and_proved(client: Client) -> None:
    sampling = SamplingParams(seed=3, max_new_tokens=60)
    story = client.write("A fox who collects moons", sampling=sampling)
    pieces = list(story)
    job = story.result()
    assert "".join(pieces) == job.text
    assert job.receipt is not None
    assert job.receipt.tokens_sha256 is not None
    assert story.verify().is_identical


def test_a_story_is_stopped(client: Client) -> None:
    story = client.write("A fox", sampling=SamplingParams(max_new_tokens=800))
    next(story)
    story.cancel()
    job = story.result()
    assert job.status is JobStatus.CANCELLED
    assert job.usage.completion_tokens < 800


async def test_a_link_that_is_cut_again_and_again_costs_no_token(link: Link) -> None:
    async with AsyncClient(f"http://127.0.0.1:{link.port}") as client:
        job = await client.jobs.create(request(5))
        tokens: list[TokenEvent] = []
        cuts = 0
        async for event in client.jobs.watch(job.id):
            if isinstance(event, TokenEvent):
                tokens.append(event)
                if len(tokens) % 60 == 0:
                    link.cut()
                    cuts += 1
        told = await client.jobs.read(job.id)
    assert cuts >= 4
    assert [token.index for token in tokens] == list(range(1, TOKENS + 1))
    assert "".join(token.text for token in tokens) == told.text


async def test_a_request_whose_answer_was_lost_makes_one_job(link: Link, client: Client) -> None:
    before = {job.id for job in client.jobs.page(limit=100).jobs}

    def made() -> set[str]:
        return {job.id for job in client.jobs.page(limit=100).jobs} - before

    async with AsyncClient(f"http://127.0.0.1:{link.port}") as lossy:
        link.hold_answers()
        asking = asyncio.create_task(lossy.jobs.create(request(6, tokens=5)))
        await asyncio.to_thread(wait_until, lambda: bool(made()), seconds=20, what="it is taken")
        link.loses_answers = True
        link.mend()
        job = await asking
    assert made() == {job.id}


async def test_readers_side_by_side_survive_a_killed_worker(served: Stack) -> None:
    served.add_worker("heir")
    async with AsyncClient(served.api_url) as client:
        stories = [await client.write(f"A fox and {number} moons") for number in range(3)]
        async with asyncio.TaskGroup() as readers:
            for story in stories:
                readers.create_task(story.result())
            await asyncio.to_thread(
                wait_until, lambda: all(story.text for story in stories), seconds=30, what="words"
            )
            served.kill("writer")
        jobs = [await client.jobs.read(story.id) for story in stories]
    assert [story.text for story in stories] == [job.text for job in jobs]
    assert max(job.attempts for job in jobs) == 2, "the kill hit somebody"


def test_a_restarted_api_is_waited_for(served: Stack, client: Client) -> None:
    events: list[Event] = []
    job = client.jobs.create(request(8))
    for event in client.jobs.watch(job.id):
        events.append(event)
        if isinstance(event, TokenEvent) and event.index == 30:
            served.stop_api()
            served.start_api()
    tokens = [event for event in events if isinstance(event, TokenEvent)]
    assert [token.index for token in tokens] == list(range(1, TOKENS + 1))
    wait_until(lambda: client.jobs.read(job.id).status.is_terminal, seconds=5, what="it has ended")
