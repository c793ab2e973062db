"""Ended jobs reach the database whatever happens, and are answered from there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from services.api.archive import Archive, Archivist
from services.api.db.database import Database
from services.api.db.models import ArchivedJob
from shared.connections import connect, connect_async
from shared.errors import StoreUnavailableError
from shared.joblog import AsyncJobLog, archiving, commands
from shared.metrics import ApiMetrics
from tests.jobs import submit_job
from tests.processes import free_port, redis_process, wait_until
from tests.unit.api.acting import MODEL, Actor, story
from tests.unit.api.library.conftest import migrated
from tests.unit.api.serving import api_settings, serving, sqlite_url


async def archived(database_url: str) -> list[ArchivedJob]:
    database = Database(database_url)
    try:
        async with database.reading() as session:
            return list(await session.scalars(select(ArchivedJob)))
    finally:
        await database.close()


def wait_for_archived(database_url: str, count: int = 1) -> list[ArchivedJob]:
    def there() -> bool:
        return len(asyncio.run(archived(database_url))) == count

    wait_until(there, seconds=15, what=f"{count} archived")
    return asyncio.run(archived(database_url))


def ended_job(actor: Actor, job_id: str, *, tokens: int = 3) -> str:
    """A job from its beginning to its end, without an API."""
    submit_job(actor.joblog, job_id, model=MODEL)
    actor.claim()
    actor.write(tokens)
    actor.finish()
    return job_id


def forget_everything(redis_url: str) -> None:
    client = connect(redis_url)
    client.flushall()
    client.close()


@contextlib.asynccontextmanager
async def archivist(
    redis_url: str, database_url: str, *, takeover_ms: int = 30_000
) -> AsyncIterator[Archivist]:
    client, database = connect_async(redis_url), Database(database_url)
    made = Archivist(Archive(AsyncJobLog(client), database), ApiMetrics(), takeover_ms=takeover_ms)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        made.close()
        await task
        await client.aclose()
        await database.close()


def test_story_that_nobody_read_is_archived_whole(
    api: str, database_url: str, job: str, actor: Actor, http: httpx2.Client
) -> None:
    actor.claim()
    actor.write(40)
    actor.finish()
    (kept,) = wait_for_archived(database_url)
    assert (kept.id, kept.tenant, kept.model, kept.status) == (job, "anonymous", MODEL, "succeeded")
    assert kept.text == story(40)
    assert kept.prompt.endswith("Story seed: A fox — 狐\n")
    assert kept.receipt is not None
    assert kept.usage.completion_tokens == 40
    assert "once_jobs_archived_total 1.0" in http.get("/metrics").text


def test_job_is_answered_alike_once_redis_has_forgotten_it(
    http: httpx2.Client, database_url: str, redis_url: str, job: str, actor: Actor
) -> None:
    actor.claim()
    actor.write(2)
    actor.release()
    actor.claim()
    actor.write(1)
    actor.finish()
    before = http.get(f"/v1/jobs/{job}").json()
    assert before["pickups"] == [{"tokens": 2, "characters": len(story(2))}]
    wait_for_archived(database_url)
    forget_everything(redis_url)
    for wait in (0, 1):
        assert http.get(f"/v1/jobs/{job}", params={"wait": wait}).json() == before
    assert http.delete(f"/v1/jobs/{job}").json() == before
    answer = http.get(f"/v1/jobs/{job}", headers={"Authorization": "Bearer ben"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job")


@pytest.mark.parametrize("end", ["fail", "cancel"])
def test_failed_and_cancelled_jobs_are_archived_too(
    http: httpx2.Client, database_url: str, job: str, actor: Actor, end: str
) -> None:
    actor.claim()
    actor.write(2)
    if end == "fail":
        actor.fail()
    else:
        http.delete(f"/v1/jobs/{job}")
    (kept,) = wait_for_archived(database_url)
    assert kept.status == {"fail": "failed", "cancel": "cancelled"}[end]
    assert kept.text == story(2)
    assert (kept.error is not None) == (end == "fail")


async def test_jobs_that_ended_before_anybody_archived_are_found(
    redis_url: str, database_url: str, actor: Actor
) -> None:
    for i in range(3):
        ended_job(actor, f"job{i}")
    async with archivist(redis_url, database_url):
        await asyncio.to_thread(wait_for_archived, database_url, 3)


async def test_job_that_a_dead_archivist_took_is_taken_over(
    redis_url: str, database_url: str, actor: Actor
) -> None:
    ended_job(actor, "j1")
    assert len(actor.joblog.run(archiving.collect(limit=10))) == 1  # and then it dies
    async with archivist(redis_url, database_url, takeover_ms=300):
        await asyncio.to_thread(wait_for_archived, database_url)


async def test_two_archivists_share_the_work(
    redis_url: str, database_url: str, actor: Actor
) -> None:
    for i in range(20):
        ended_job(actor, f"job{i}", tokens=1)
    async with archivist(redis_url, database_url), archivist(redis_url, database_url):
        await asyncio.to_thread(wait_for_archived, database_url, 20)
    again = archiving.collect(limit=100, takeover_ms=0)
    assert actor.joblog.run(again) == []  # all are acknowledged


async def test_a_job_that_cannot_be_kept_does_not_hold_up_the_others(
    redis_url: str, database_url: str, actor: Actor
) -> None:
    ended_job(actor, "broken")
    ended_job(actor, "good")
    client = connect(redis_url)
    client.hset("job:{broken}", "ending", "no event")
    client.close()
    async with archivist(redis_url, database_url):
        (kept,) = await asyncio.to_thread(wait_for_archived, database_url)
    assert kept.id == "good"
    assert actor.joblog.run(archiving.collect(limit=10, takeover_ms=0)) == []


def test_archive_outlives_a_restart_of_redis(tmp_path: Path) -> None:
    port, library = free_port(), sqlite_url(tmp_path)
    redis_url = f"redis://127.0.0.1:{port}/0"
    actor = Actor(redis_url)
    with serving(api_settings(redis_url, library)):
        with redis_process(tmp_path, port):
            ended_job(actor, "j1")
            wait_for_archived(library)
        with pytest.raises(StoreUnavailableError):
            actor.joblog.run(commands.ping())
        with redis_process(tmp_path, port):
            ended_job(actor, "j2")
            wait_for_archived(library, 2)
    actor.close()


async def test_archive_waits_for_its_database(redis_url: str, tmp_path: Path, actor: Actor) -> None:
    """Without tables every attempt fails; with them the job in hand is kept."""
    ended_job(actor, "j1")
    url = sqlite_url(tmp_path)
    async with archivist(redis_url, url) as made:

        def holds_one() -> bool:
            return len(made._in_hand) == 1

        await asyncio.to_thread(wait_until, holds_one, seconds=15, what="the job is in hand")
        await asyncio.sleep(0.6)
        assert holds_one()
        await migrated(url)
        await asyncio.to_thread(wait_for_archived, url)
    assert actor.joblog.run(archiving.collect(limit=1, takeover_ms=0)) == []
