"""An API of its own for each test, on a new database of each kind."""

import asyncio
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from services.api.db.database import Database
from services.api.db.migrate import upgrade
from tests.postgres import (
    create_database,
    drop_database,
    empty_tables,
    find_postgres,
    postgres_process,
)
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


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with tables and nothing in them, to be copied."""
    folder = tmp_path_factory.mktemp("sqlite")
    asyncio.run(migrated(sqlite_url(folder)))
    [path] = folder.iterdir()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    """URL of a database with tables, to be emptied."""
    url = create_database(postgres_server, "migrated")
    asyncio.run(migrated(url))
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def empty_database(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without tables."""
    if kind == "sqlite":
        yield sqlite_url(tmp_path)
        return
    url = create_database(request.getfixturevalue("postgres_server"), uuid.uuid4().hex)
    yield url
    drop_database(url)


@pytest.fixture
def database_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database of this version with nothing in it; its tables are not to be changed."""
    if kind == "sqlite":
        template = request.getfixturevalue("migrated_sqlite")
        shutil.copy(template, tmp_path / template.name)
        return sqlite_url(tmp_path)
    url: str = request.getfixturevalue("migrated_postgres")
    empty_tables(url, kept="alembic_version")
    return url


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
