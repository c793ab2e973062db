"""The fake API and clients of it, with short patience so that tests of silence are quick."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from shared.client import AsyncClient, Client, ClientSettings
from shared.events import Event
from tests.fake_api import FakeApi
from tests.served import served

Watching = Callable[..., list[Event]]


@pytest.fixture(scope="session")
def served_api() -> Iterator[FakeApi]:
    fake = FakeApi()
    with served(fake.app()) as fake.url:
        yield fake


@pytest.fixture
def api(served_api: FakeApi) -> FakeApi:
    served_api.forget()
    return served_api


@pytest.fixture
def settings(api: FakeApi) -> ClientSettings:
    return ClientSettings.model_validate(
        {"api_url": api.url, "stream_silence_seconds": 0.5, "stream_give_up_seconds": 2}
    )


@pytest.fixture
def client(settings: ClientSettings) -> Iterator[Client]:
    with Client(settings=settings, retry_seconds=1) as client:
        yield client


@pytest.fixture(params=["waiting", "awaiting"])
def watched(request: pytest.FixtureRequest, client: Client, settings: ClientSettings) -> Watching:
    """All events of a story, by the one face or the other."""

    def wait(job_id: str, *, after: int = 0) -> list[Event]:
        return list(client.jobs.watch(job_id, after=after))

    async def await_all(job_id: str, after: int) -> list[Event]:
        async with AsyncClient(settings=settings, retry_seconds=1) as client:
            return [event async for event in client.jobs.watch(job_id, after=after)]

    def run(job_id: str, *, after: int = 0) -> list[Event]:
        return asyncio.run(await_all(job_id, after))

    return wait if request.param == "waiting" else run
