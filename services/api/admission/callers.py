"""Who asks: the owner of what is asked for, and what a key allows. Pure."""

import re
from collections.abc import Set
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.refusals import ScopeMissingError

ANONYMOUS = "anonymous"
"""Whoever comes without a name in development, and all readers of the writing room."""
MAX_TENANT_CHARS = 128
SESSION_HEADER = "Once-Session"
_SESSION = re.compile(r"[0-9A-Za-z-]{1,64}")


class Scope(StrEnum):
    """What a key allows."""

    READ = "read"
    """To see what is its owner's, the queue and the workers."""
    WRITE = "write"
    """To have stories written, and to change what is its owner's."""
    OPERATE = "operate"
    """To see how the service does, and to act on it."""
    SHARED = "shared"
    """To act for many readers: the limits of one key do not bind it, those of the service do."""


@dataclass(frozen=True, slots=True)
class Caller:
    tenant: str
    key_id: str
    """Under this its requests, jobs and streams are counted."""
    scopes: Set[Scope]
    session: str = ""
    """Which of the many that come without a name."""

    @property
    def payer(self) -> str:
        """Whom its tokens are charged to, where many wait."""
        return f"{self.key_id}/{self.session}" if self.session else self.key_id

    def within(self, session: str) -> "Caller":
        """One of the many for whom this caller acts; of one who acts for itself there is one."""
        acts_for_many = self.is_shared or self.tenant == ANONYMOUS
        return (
            replace(self, session=session)
            if acts_for_many and _SESSION.fullmatch(session)
            else self
        )

    @property
    def is_shared(self) -> bool:
        return Scope.SHARED in self.scopes

    def require(self, *scopes: Scope) -> None:
        """One of them is enough. Raises ScopeMissingError."""
        if self.scopes.isdisjoint(scopes):
            wanted = " or ".join(repr(scope.value) for scope in scopes)
            raise ScopeMissingError(f"This key lacks the scope {wanted}.")


def in_development(name: str | None) -> Caller:
    """Any name is a tenant, and no name is one too; each may do everything."""
    tenant = (name or "").strip()[:MAX_TENANT_CHARS] or ANONYMOUS
    return Caller(tenant, tenant, frozenset(Scope) - {Scope.SHARED})
