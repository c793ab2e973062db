"""An API of its own for each test, on a new database of each kind."""

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from services.api.db.database import Database
from services.api.db.migrate import upgrade
from tests.postgres import create_database, find_postgres, postgres_process
from tests.processes import free_port, redis_process
from tests.unit.api.acting import Actor
from tests.unit.api.library.writing import Writer
from tests.unit.api.serving import api_settings, serving, sqlite_url


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Not the one of the other tests: their API would carry these jobs into its own library."""
    with redis_process(tmp_path_factory.mktemp("redis"), free_port()) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    programs = find_postgres()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (apt-get install postgresql)")
    with postgres_process(programs) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without tables."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    server: str = request.getfixturevalue("postgres_server")
    return create_database(server, uuid.uuid4().hex)


@pytest.fixture
def database_url(empty_database: str) -> str:
    asyncio.run(migrated(empty_database))
    return empty_database


@pytest.fixture
def api(redis_url: str, database_url: str) -> Iterator[str]:
    with serving(api_settings(redis_url, database_url)) as url:
        yield url


@pytest.fixture
def writer(http: httpx2.Client, actor: Actor) -> Writer:
    return Writer(http, actor)


async def migrated(url: str) -> None:
    database = Database(url)
    try:
        await upgrade(database)
    finally:
        await database.close()
