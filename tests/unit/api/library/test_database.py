"""Migrations, and what the two databases must do alike."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, literal, select, text
from sqlalchemy.exc import IntegrityError

from services.api.db.columns import StoredText
from services.api.db.database import Database
from services.api.db.migrate import upgrade
from services.api.db.models import Base, Passage, Story
from services.api.db.revisions import alembic_config
from shared.errors import LibraryUnavailableError
from shared.library import Origin
from shared.schemas import StoryControls
from tests.processes import free_port
from tests.unit.api.library.conftest import migrated
from tests.unit.api.serving import sqlite_url

STORY = (
    "INSERT INTO story (id, tenant, title, version, created_at, updated_at) "
    "VALUES ('s', 't', 'title', 1, 0, 0)"
)
HOSTILE = "\0 \x1a \x1a0 \x1a1\0 狐 '\"\\ %_ \u2028"


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


async def opened(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"


async def test_migrated_database_has_the_tables_that_the_code_knows(empty_database: str) -> None:
    await migrated(empty_database)
    database = Database(empty_database)
    await upgrade(database)  # again: without effect
    async with database.reading() as session:
        assert await (await session.connection()).run_sync(differences) == []
    await database.close()


async def test_library_of_the_first_version_is_brought_up_to_date(empty_database: str) -> None:
    database = Database(empty_database)
    async with database.migrating() as connection:
        await connection.run_sync(upgrade_to, "0001")
        await connection.execute(text(STORY))
        for row in (
            "('p', 's', NULL, 1, 'seed', 'x', 'x', '{}', NULL, 0)",
            "('o', 's', 'p', 2, 'model', NULL, 'x', '{}', 'j1', 0)",
            "('n', 's', 'o', 3, 'model', NULL, 'x', '{}', 'j2', 0)",
        ):
            await connection.execute(text(f"INSERT INTO passage VALUES {row}"))
    await upgrade(database)
    async with database.writing() as session:
        session.add(_revision_of("p"))
    async with database.reading() as session:
        passages = await session.scalars(select(Passage).order_by(Passage.number))
        assert [(each.id, each.revises_id) for each in passages] == [
            ("p", None),
            ("o", None),
            ("n", None),
            ("q", "p"),
        ]
        assert await session.scalar(select(Story.job_id)) == "j1"
        assert await (await session.connection()).run_sync(differences) == []
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            session.add(_revision_of("nothing"))
    await database.close()


async def test_two_may_migrate_at_once(empty_database: str) -> None:
    await asyncio.gather(migrated(empty_database), migrated(empty_database))


async def test_many_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    for attempt in range(10):
        databases = [Database(sqlite_url(tmp_path / str(attempt))) for _ in range(4)]
        await asyncio.gather(*(opened(each) for each in databases))
        await asyncio.gather(*(each.close() for each in databases))


def test_command_migrates_what_the_environment_names(empty_database: str) -> None:
    env = {**os.environ, "DATABASE_URL": empty_database}
    command = [sys.executable, "-m", "services.api.db", "upgrade"]
    subprocess.run(command, env=env, check=True, timeout=60)
    assert asyncio.run(_versions(empty_database)) == ["0010"]


def test_command_says_what_is_wrong() -> None:
    env = {**os.environ, "DATABASE_URL": f"postgresql://once@127.0.0.1:{free_port()}/once"}
    command = [sys.executable, "-m", "services.api.db", "upgrade"]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "cannot be migrated" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_any_text_comes_back_as_it_was(database_url: str) -> None:
    database = Database(database_url)
    async with database.reading() as session:
        assert await session.scalar(select(literal(HOSTILE, StoredText))) == HOSTILE
    await database.close()


@pytest.mark.parametrize(
    "path",
    [
        "/v1/jobs/%00",
        "/v1/jobs/%00/events",
        "/v1/jobs/%00/feedback",
        "/v1/stories/%00",
        "/v1/comparisons?job_a=%00&job_b=%00",
    ],
)
def test_no_id_is_too_strange_to_be_unknown(http: httpx2.Client, path: str) -> None:
    assert http.get(path).status_code == 404
    assert http.post("/v1/stories", json={"job_id": HOSTILE}).status_code == 404


async def test_letters_beyond_ascii_have_lower_case(database_url: str) -> None:
    database = Database(database_url)
    async with database.reading() as session:
        assert await session.scalar(select(func.lower("ÄÉЖ"))) == "äéж"
    await database.close()


async def test_sqlite_keeps_its_promises(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path))
    async with database.migrating() as connection:
        settings = [
            await connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]
    assert settings == ["wal", 1, 5000]
    await database.close()


async def test_what_raises_is_not_written(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(ZeroDivisionError):
        await _insert_and(database, lambda: 1 // 0)
    await _insert_and(database, lambda: 1)
    count = text("SELECT count(*) FROM story")
    async with database.reading() as session:
        assert await session.scalar(count) == 1
    assert await database.read(lambda session: session.scalar(count)) == 1
    await database.close()


async def test_database_that_is_away_has_an_error_of_its_own() -> None:
    database = Database(f"postgresql://once@127.0.0.1:{free_port()}/once")
    with pytest.raises(LibraryUnavailableError):
        async with database.reading() as session:
            await session.scalar(text("SELECT 1"))
    await database.close()


async def _insert_and(database: Database, then: Callable[[], int]) -> None:
    async with database.writing() as session:
        await session.execute(text(STORY))
        then()


def upgrade_to(connection: Connection, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _revision_of(passage_id: str) -> Passage:
    return Passage(
        id="q",
        story_id="s",
        parent_id="p",
        revises_id=passage_id,
        number=4,
        origin=Origin.EDIT,
        text="y",
        story_seed="x",
        controls=StoryControls(),
        created_at=1,
    )


async def _versions(url: str) -> list[object]:
    database = Database(url)
    try:
        async with database.reading() as session:
            return list(await session.scalars(text("SELECT version_num FROM alembic_version")))
    finally:
        await database.close()
