"""Jobs that come at once are written in one transaction, each with an outcome of its own."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import event

from services.api.acceptance import job_spec
from services.api.db import accepted_jobs
from services.api.db.database import Database
from services.api.db.models import AcceptedJob
from services.api.idempotency import Ticket
from services.api.register import Register
from shared.errors import KeyReusedError, LibraryUnavailableError
from shared.schemas import GenerateRequest

JOBS = 30


def job(id: str) -> AcceptedJob:
    return AcceptedJob(
        id=id,
        tenant="anna",
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
