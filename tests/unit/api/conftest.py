"""The API on a real Redis, a worker played by the test, and a client."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.unit.api.acting import Actor
from tests.unit.api.serving import api_settings, serving, sqlite_url


@pytest.fixture
def actor(redis_url: str) -> Iterator[Actor]:
    """A worker that has just registered itself."""
    actor = Actor(redis_url)
    actor.beat()
    yield actor
    actor.close()


@pytest.fixture(scope="session")
def session_api(redis_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    library = sqlite_url(tmp_path_factory.mktemp("library"))
    with serving(api_settings(redis_server, library)) as url:
        yield url


@pytest.fixture
def api(session_api: str, redis_url: str) -> str:
    """URL of a running API whose Redis is empty."""
    return session_api


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
