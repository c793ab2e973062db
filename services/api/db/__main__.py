"""`python -m services.api.db upgrade`: bring the database that DATABASE_URL names up to date."""

import asyncio
import sys

from services.api.db.database import Database
from services.api.db.migrate import upgrade
from services.api.settings import ApiSettings
from shared.errors import LibraryUnavailableError
from shared.logs import configure_logging
from shared.settings import load_settings


def main() -> None:
    if sys.argv[1:] != ["upgrade"]:
        raise SystemExit("usage: python -m services.api.db upgrade")
    settings = load_settings(ApiSettings)
    configure_logging(settings, service="api.db")
    try:
        asyncio.run(_upgrade(Database(settings.database_url)))
    except LibraryUnavailableError as error:
        raise SystemExit(f"The database cannot be migrated: {error.__cause__}") from None


async def _upgrade(database: Database) -> None:
    try:
        await upgrade(database)
    finally:
        await database.close()


if __name__ == "__main__":
    main()
