"""An ending that somebody was told is kept: a Redis that loses it right behind changes nothing."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import AsyncMock

import httpx2
import pytest
import redis
from starlette.requests import Request

from services.api.archive import Archivist
from services.api.bodies import read_body
from shared.errors import LibraryUnavailableError, MalformedBodyError
from shared.schemas import GenerateRequest
from tests.processes import free_port, redis_process
from tests.unit.api.acting import Actor, story
from tests.unit.api.followers import followed
from tests.unit.api.serving import api_settings, events_path, read_stream, serving, sqlite_url


@pytest.fixture
def slow_archive(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[httpx2.Client]:
    """An API whose loop has not come to any ended job yet."""

    async def rest(archivist: Archivist) -> None:
        await archivist._closing.wait()

    monkeypatch.setattr(Archivist, "run", rest)
    with (
        serving(api_settings(redis_url, sqlite_url(tmp_path))) as url,
        httpx2.Client(base_url=url, timeout=20) as http,
    ):
        yield http


@pytest.mark.parametrize("told", ["stream", "view", "wait"])
def test_story_whose_end_was_told_stays_as_it_was(
    slow_archive: httpx2.Client, redis_url: str, actor: Actor, told: str
) -> None:
    http = slow_archive
    job = http.post("/v1/jobs", json={"story_seed": "A fox"}).json()["id"]
    actor.claim()
    actor.write(5)
    actor.finish()
    if told == "stream":
        assert read_stream(http, events_path(job)).names()[-1] == "done"
    else:
        asked = http.get(f"/v1/jobs/{job}", params={"wait": 5} if told == "wait" else None)
        assert asked.json()["status"] == "succeeded"
    client = redis.Redis.from_url(redis_url)
    client.flushall()
    client.close()
    cancelled = http.delete(f"/v1/jobs/{job}").json()
    assert (cancelled["status"], cancelled["text"]) == ("succeeded", story(5))
    assert read_stream(http, events_path(job), last_id="5").names() == ["done"]


async def test_ending_waits_for_the_library_and_the_text_does_not(
    redis_url: str, job: str, actor: Actor
) -> None:
    async with followed(redis_url, job, actor) as (follower, box):
        follower.settle = AsyncMock(side_effect=[LibraryUnavailableError("away"), False, True])
        actor.write(2)
        actor.finish()
        box.miss()
        assert [event.type for event in await follower.next_events()] == ["token", "token"]
        assert await follower.next_events() == []
        assert [event.type for event in await follower.next_events()] == ["done"]
        assert follower.ended


def test_ended_story_is_read_while_redis_is_away(tmp_path: Path) -> None:
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    with (
        serving(api_settings(url, sqlite_url(tmp_path))) as api,
        httpx2.Client(base_url=api, timeout=20) as http,
    ):
        with redis_process(tmp_path, port):
            actor = Actor(url)
            actor.beat()
            job, other = (
                http.post("/v1/jobs", json={"story_seed": "A fox"}).json()["id"] for _ in range(2)
            )
            actor.claim()
            actor.write(5)
            actor.finish()
            actor.close()
            assert http.get(f"/v1/jobs/{job}").json()["text"] == story(5)
        assert http.get(f"/v1/jobs/{job}").json()["text"] == story(5)
        assert http.get(f"/v1/jobs/{other}").status_code == 503, "it may be under way"
        assert http.get("/v1/jobs/unknown").status_code == 503, "nobody can tell"


async def test_body_that_breaks_off_is_the_caller_s_fault() -> None:
    parts = iter([{"type": "http.request", "body": b"{", "more_body": True}])

    async def receive() -> dict[str, object]:
        return next(parts, {"type": "http.disconnect"})

    request = Request({"type": "http", "headers": []}, receive)
    with pytest.raises(MalformedBodyError):
        await read_body(request, GenerateRequest, limit=100)
