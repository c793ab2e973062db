"""From a key to its caller: by its hash, remembered for seconds. Knows the database, no HTTP."""

import time
from dataclasses import dataclass, field

from services.api.admission.callers import Caller
from services.api.admission.keys import hash_of, is_key
from services.api.db.api_keys import find_key
from services.api.db.database import Database
from services.api.db.models import ApiKey
from shared.errors import LibraryUnavailableError
from shared.refusals import KeyInvalidError

FRESH_SECONDS = 3.0
"""So long a key that was revoked meanwhile may still be taken."""
KEPT_SECONDS = 60.0
"""While the database is away, nobody can revoke a key either: one that was good stays good."""
_INVALID = "This key is unknown or revoked, or its time is over."


@dataclass(frozen=True, slots=True)
class _Known:
    key: ApiKey
    looked_up: float


@dataclass(frozen=True, slots=True)
class Keyring:
    database: Database
    _known: dict[str, _Known] = field(default_factory=dict)
    """By hash; valid keys alone, so that guesses fill no memory."""

    async def caller_of(self, text: str) -> Caller:
        """Raises KeyInvalidError, or LibraryUnavailableError where no answer is known."""
        if not is_key(text):
            raise KeyInvalidError(_INVALID)
        key = await self._key(hash_of(text))
        if key is None or not is_valid(key):
            raise KeyInvalidError(_INVALID)
        return Caller(key.tenant, key.id, frozenset(key.scopes))

    async def _key(self, digest: str) -> ApiKey | None:
        known = self._known.get(digest)
        if known is not None and time.monotonic() - known.looked_up < FRESH_SECONDS:
            return known.key
        try:
            key = await self._look_up(digest)
        except LibraryUnavailableError:
            if known is None or time.monotonic() - known.looked_up > KEPT_SECONDS:
                raise
            return known.key
        self._remember(digest, key)
        return key

    async def _look_up(self, digest: str) -> ApiKey | None:
        async with self.database.reading() as session:
            return await find_key(session, digest)

    def _remember(self, digest: str, key: ApiKey | None) -> None:
        self._known.pop(digest, None)
        if key is not None and is_valid(key):
            self._known[digest] = _Known(key, time.monotonic())


def is_valid(key: ApiKey) -> bool:
    return key.revoked_at is None and (key.expires_at is None or time.time() < key.expires_at)
