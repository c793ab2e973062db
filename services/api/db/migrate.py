"""Bringing a database to the tables that this version knows."""

from alembic import command
from pydantic import SecretStr
from sqlalchemy import Connection, text

from services.api.db.api_keys import give_room_key
from services.api.db.database import Database
from services.api.db.revisions import alembic_config

_LOCK = 0x0CE
"""Two that migrate PostgreSQL at once wait for each other under this number."""


async def prepare(database: Database, room_key: SecretStr | None) -> None:
    """Up to date, and open to the writing room if it has a key."""
    await upgrade(database)
    if room_key is not None:
        await give_room_key(database, room_key.get_secret_value())


async def upgrade(database: Database) -> None:
    """All in one transaction; without effect on a database that is up to date."""
    async with database.migrating() as connection:
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
