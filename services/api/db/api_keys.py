"""API keys in the database: what each allows, and the hash by which it is recognised."""

import time
import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.api.admission.callers import ANONYMOUS, Scope
from services.api.admission.keys import hash_of
from services.api.db.database import Database, lock
from services.api.db.models import ApiKey

ROOM = "writing room"
"""Name of the key that a deployment gives its writing room."""
ROOM_SCOPES = (Scope.READ, Scope.WRITE, Scope.SHARED)


def new_key(
    key: str,
    *,
    name: str,
    tenant: str,
    scopes: Collection[Scope],
    expires_at: float | None = None,
) -> ApiKey:
    return ApiKey(
        id=uuid.uuid4().hex,
        hash=hash_of(key),
        name=name,
        tenant=tenant,
        scopes=sorted(scopes),
        created_at=time.time(),
        expires_at=expires_at,
    )


async def find_key(session: AsyncSession, digest: str) -> ApiKey | None:
    """One that is revoked or whose time is over as well."""
    key: ApiKey | None = await session.scalar(select(ApiKey).where(ApiKey.hash == digest))
    return key


async def all_keys(session: AsyncSession) -> Sequence[ApiKey]:
    """Oldest first."""
    return (await session.scalars(select(ApiKey).order_by(ApiKey.created_at, ApiKey.id))).all()


async def revoke(session: AsyncSession, key_id: str) -> ApiKey | None:
    """None if there is no such key. Without effect on one that is revoked."""
    key = await session.get(ApiKey, key_id)
    if key is not None and key.revoked_at is None:
        key.revoked_at = time.time()
    return key


async def give_room_key(database: Database, key: str) -> None:
    """Let the writing room in with this key, and with none that it had before.

    One that somebody has revoked stays revoked.
    """
    async with database.writing() as session:
        await lock(session, "the writing room's key")
        rooms = (await session.scalars(select(ApiKey).where(ApiKey.name == ROOM))).all()
        for former in rooms:
            if former.hash != hash_of(key) and former.revoked_at is None:
                former.revoked_at = time.time()
        if all(former.hash != hash_of(key) for former in rooms):
            session.add(new_key(key, name=ROOM, tenant=ANONYMOUS, scopes=ROOM_SCOPES))
