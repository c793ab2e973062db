"""Bringing a database to the tables that this version knows."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from services.api.db.database import Database

_LOCK = 0x0CE
"""Two that migrate PostgreSQL at once wait for each other under this number."""


async def upgrade(database: Database) -> None:
    """All in one transaction; without effect on a database that is up to date."""
    async with database.writing() as session:
        connection = await session.connection()
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", "services.api.db:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
