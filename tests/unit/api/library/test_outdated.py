"""A database that is older than the code is named as such, and served once it is migrated."""

import asyncio
from collections.abc import Iterator

import httpx2
import pytest
from sqlalchemy import text

from services.api.db.database import Database
from services.api.db.migrate import upgrade
from shared.errors import LibraryOutdatedError
from tests.processes import wait_until
from tests.unit.api.acting import Actor
from tests.unit.api.library.conftest import migrated
from tests.unit.api.library.test_database import upgrade_to
from tests.unit.api.library.writing import Writer, refusal
from tests.unit.api.serving import api_settings, serving

ON_POSTGRESQL = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
"""An API migrates its SQLite file by itself."""
COMMAND = "python -m services.api.db upgrade"


@pytest.fixture
def unmigrated(redis_url: str, empty_database: str) -> Iterator[httpx2.Client]:
    """A client of an API whose database has no tables."""
    with (
        serving(api_settings(redis_url, empty_database)) as url,
        httpx2.Client(base_url=url, timeout=20) as http,
    ):
        yield http


@ON_POSTGRESQL
def test_outdated_library_says_what_to_do_and_then_works(
    unmigrated: httpx2.Client, empty_database: str, actor: Actor
) -> None:
    answers = [
        unmigrated.get("/v1/stories"),
        unmigrated.post("/v1/stories", json={"request": {"story_seed": "A fox"}}),
        unmigrated.get("/v1/feedback/summary"),
        unmigrated.get("/v1/jobs/unknown"),
        unmigrated.post("/v1/jobs", json={"story_seed": "A fox"}),
    ]
    for answer in answers:
        assert refusal(answer) == (503, "library_outdated")
        assert COMMAND in answer.json()["detail"]
        assert int(answer.headers["retry-after"]) > 0
    assert unmigrated.get("/v1/queue").json()["depth"] == {"interactive": 0, "batch": 0}
    asyncio.run(migrated(empty_database))
    assert unmigrated.post("/v1/jobs", json={"story_seed": "A fox"}).status_code == 202
    assert Writer(unmigrated, actor).page().stories == []


@ON_POSTGRESQL
def test_log_says_it_at_the_start(
    redis_url: str, empty_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[str] = []

    def is_said() -> bool:
        heard.append(capsys.readouterr().out)
        return COMMAND in "".join(heard)

    with serving(api_settings(redis_url, empty_database)):
        wait_until(is_said, seconds=10, what="a line that names the command")


@pytest.mark.parametrize("revision", [None, "0001", "0002"])
async def test_database_that_lacks_a_migration(empty_database: str, revision: str | None) -> None:
    database = Database(empty_database)
    if revision is not None:
        async with database.migrating() as connection:
            await connection.run_sync(upgrade_to, revision)
    for session in (database.reading, database.writing):
        with pytest.raises(LibraryOutdatedError, match=f"at revision {revision or 'none'}, .*run"):
            async with session():
                pass
    await upgrade(database)
    await database.check()
    await database.close()


async def test_database_of_a_newer_version_will_do(empty_database: str) -> None:
    await migrated(empty_database)
    database = Database(empty_database)
    async with database.migrating() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.check()
    await database.close()
