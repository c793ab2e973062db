"""Jobs that come at once are written in one transaction, each with an outcome of its own."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from services.api.acceptance import job_spec
from services.api.db import accepted_jobs
from services.api.db.database import Database
from services.api.db.models import AcceptedJob
from services.api.idempotency import Ticket
from services.api.register import Register
from shared.errors import KeyReusedError, LibraryUnavailableError
from shared.schemas import GenerateRequest
from tests.unit.api.library.conftest import migrated
from tests.unit.api.serving import sqlite_url

JOBS = 30


def job(id: str) -> AcceptedJob:
    return AcceptedJob(
        id=id,
        tenant="anna",
        payer="anna",
        model="tiny",
        spec=job_spec(GenerateRequest(story_seed="A fox")),
        traceparent="",
        cancelled=False,
        created_at=time.time(),
    )


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


@contextlib.contextmanager
def counted_commits(database: Database) -> Iterator[list[None]]:
    commits: list[None] = []

    def count(_: object) -> None:
        commits.append(None)

    event.listen(database.engine.sync_engine, "commit", count)
    yield commits
    event.remove(database.engine.sync_engine, "commit", count)


async def written(database: Database, *ids: str) -> set[str]:
    async with database.reading() as session:
        return set(await accepted_jobs.find_all(session, ids))


async def test_those_that_come_while_one_is_written_are_written_together(
    database_url: str,
) -> None:
    ids = [f"j{number}" for number in range(JOBS)]
    async with opened(database_url) as database:
        register = Register(database)
        with counted_commits(database) as commits:
            assert await asyncio.gather(*(register.add(job(id), None) for id in ids)) == ids
        assert await written(database, *ids) == set(ids)
    assert len(commits) <= 2


async def test_each_has_its_own_outcome(database_url: str) -> None:
    """Two of one request are one job; a key that was another's is refused to its bearer alone."""
    same, other = Ticket("k", "1" * 64), Ticket("k", "2" * 64)
    async with opened(database_url) as database:
        register = Register(database)
        outcomes = await asyncio.gather(
            register.add(job("a"), same),
            register.add(job("b"), same),
            register.add(job("c"), other),
            register.add(job("d"), None),
            return_exceptions=True,
        )
        assert list(outcomes[:2]) == ["a", "a"]
        assert isinstance(outcomes[2], KeyReusedError)
        assert outcomes[3] == "d"
        assert await written(database, "a", "b", "c", "d") == {"a", "d"}


@pytest.mark.parametrize("leaves", [0, 1, 2])
async def test_whoever_leaves_takes_nobody_along(database_url: str, leaves: int) -> None:
    """Also the one that writes for the others."""
    ids = ["a", "b", "c"]
    async with opened(database_url) as database:
        register = Register(database)
        tasks = [asyncio.create_task(register.add(job(id), None)) for id in ids]
        await asyncio.sleep(0)  # all wait now, and the first has begun to write
        tasks[leaves].cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(outcomes[leaves], asyncio.CancelledError)
        stay = {id for number, id in enumerate(ids) if number != leaves}
        assert {each for each in outcomes if isinstance(each, str)} == stay
        assert await written(database, *ids) >= stay
        assert await register.add(job("d"), None) == "d"


async def test_what_was_written_for_others_though_its_writer_left_is_not_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In SQLite a thread writes, which nobody can call back."""
    add = accepted_jobs.add
    begun = {id: threading.Event() for id in "abc"}
    let_go = {id: threading.Event() for id in "ab"}

    def slow_add(session: Session, job: AcceptedJob, ticket: Ticket | None) -> str:
        begun[job.id].set()
        assert job.id not in let_go or let_go[job.id].wait(10)
        return add(session, job, ticket)

    url = sqlite_url(tmp_path)
    await migrated(url)
    async with opened(url) as database:
        register = Register(database)
        monkeypatch.setattr(accepted_jobs, "add", slow_add)
        first = asyncio.create_task(register.add(job("a"), None))
        assert await asyncio.to_thread(begun["a"].wait, 10)
        leaving, staying = (asyncio.create_task(register.add(job(id), None)) for id in "bc")
        await asyncio.sleep(0)  # both wait, to be written by the first of them
        let_go["a"].set()
        assert await asyncio.to_thread(begun["b"].wait, 10)
        leaving.cancel()
        await asyncio.sleep(0)
        let_go["b"].set()
        assert [await first, await staying] == ["a", "c"]
        assert leaving.cancelled()
        assert await written(database, "a", "b", "c") == {"a", "b", "c"}


async def test_all_hear_at_once_that_nothing_can_be_written(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    async def away(work: object) -> None:
        nonlocal tries
        tries += 1
        await asyncio.sleep(0)
        raise LibraryUnavailableError("away")

    async with opened(database_url) as database:
        register = Register(database)
        with monkeypatch.context() as patched:
            patched.setattr(database, "write", away)
            outcomes = await asyncio.gather(
                *(register.add(job(f"j{number}"), None) for number in range(JOBS)),
                return_exceptions=True,
            )
        assert all(isinstance(each, LibraryUnavailableError) for each in outcomes)
        assert tries <= 2
        assert await register.add(job("again"), None) == "again"
