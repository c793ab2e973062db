"""`python -m services.api.db upgrade`: bring the database that DATABASE_URL names up to date."""

import asyncio
import sys

from services.api.db.database import Database
from services.api.db.migrate import prepare
from services.api.settings import LibrarySettings
from shared.errors import LibraryUnavailableError
from shared.logs import configure_logging
from shared.settings import load_settings


def main() -> None:
    if sys.argv[1:] != ["upgrade"]:
        raise SystemExit("usage: python -m services.api.db upgrade")
    settings = load_settings(LibrarySettings)
    configure_logging(settings, service="api.db")
    try:
        asyncio.run(_upgrade(settings))
    except LibraryUnavailableError as error:
        raise SystemExit(f"The database cannot be migrated: {error.__cause__}") from None


async def _upgrade(settings: LibrarySettings) -> None:
    database = Database(settings.database_url)
    try:
        await prepare(database, settings.ui_api_key)
    finally:
        await database.close()


if __name__ == "__main__":
    main()
