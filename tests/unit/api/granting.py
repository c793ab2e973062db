"""Keys for tests, put where `python -m services.api.keys` puts them."""

import asyncio
from collections.abc import Sequence

from services.api.admission.callers import Scope
from services.api.admission.keys import make_key
from services.api.db import api_keys
from services.api.db.database import Database

BOTH = (Scope.READ, Scope.WRITE)


def granted(
    database_url: str,
    *,
    tenant: str = "anna",
    scopes: Sequence[Scope] = BOTH,
    expires_at: float | None = None,
) -> str:
    """A new key."""
    key = make_key()
    row = api_keys.new_key(key, name="test", tenant=tenant, scopes=scopes, expires_at=expires_at)

    async def keep() -> None:
        database = Database(database_url)
        async with database.writing() as session:
            session.add(row)
        await database.close()

    asyncio.run(keep())
    return key


def revoke_all(database_url: str) -> None:
    async def revoke() -> None:
        database = Database(database_url)
        async with database.writing() as session:
            for key in await api_keys.all_keys(session):
                await api_keys.revoke(session, key.id)
        await database.close()

    asyncio.run(revoke())
