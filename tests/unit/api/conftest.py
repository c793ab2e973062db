"""The API on a real Redis, a worker played by the test, and a client."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.processes import free_port, redis_process
from tests.unit.api.acting import Actor
from tests.unit.api.serving import api_settings, owe_nothing, serving, sqlite_url


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Not the one of the other tests: an API outlives these, and carries off what ends."""
    with redis_process(tmp_path_factory.mktemp("redis"), free_port()) as url:
        yield url


@pytest.fixture
def actor(redis_url: str) -> Iterator[Actor]:
    """A worker that has just registered itself."""
    actor = Actor(redis_url)
    actor.beat()
    yield actor
    actor.close()


@pytest.fixture(scope="session")
def session_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("library")


@pytest.fixture(scope="session")
def session_api(redis_server: str, session_library: Path) -> Iterator[str]:
    with serving(api_settings(redis_server, sqlite_url(session_library))) as url:
        yield url


@pytest.fixture
def api(session_api: str, session_library: Path, redis_url: str) -> Iterator[str]:
    """URL of a running API whose Redis is empty, and that owes nobody an ending."""
    yield session_api
    owe_nothing(session_library)


@pytest.fixture
def http(api: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=api, timeout=20) as client:
        yield client


@pytest.fixture
def job(http: httpx2.Client, actor: Actor) -> str:
    """Id of a job that waits."""
    answer = http.post("/v1/jobs", json={"story_seed": "A fox — 狐"})
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["id"]
    return job_id
