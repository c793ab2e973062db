"""Signed, short-lived tokens that open the events of one job, for whoever can send no header.

A browser's EventSource can only name an address, and addresses end up in histories and logs: a key
must never stand in one.
"""

import hashlib
import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from services.api.admission.callers import Caller, Scope
from shared.contract import Contract
from shared.refusals import StreamTokenInvalidError

LIFE_SECONDS = 300
"""For connecting; a stream that is open by then goes on to its end."""
_PURPOSE = b"once stream token 1\n"
"""Nothing else that may ever be signed with this key begins so."""


class _Grant(Contract):
    job_id: str
    tenant: str
    key_id: str
    is_shared: bool
    expires_at: float


class StreamToken(Contract):
    token: str
    expires_at: float
    url: str


@dataclass(frozen=True, slots=True)
class StreamTokens:
    signing_key: str

    def issue(self, job_id: str, caller: Caller) -> tuple[str, float]:
        """A token, and when it is over."""
        grant = _Grant(
            job_id=job_id,
            tenant=caller.tenant,
            key_id=caller.key_id,
            is_shared=caller.is_shared,
            expires_at=time.time() + LIFE_SECONDS,
        )
        payload = grant.model_dump_json().encode()
        return f"{_encoded(payload)}.{_encoded(self._signature(payload))}", grant.expires_at

    def caller_of(self, token: str, job_id: str) -> Caller:
        """Whoever it was issued to, as a reader. Raises StreamTokenInvalidError."""
        payload, signature = _parts(token)
        if not hmac.compare_digest(signature, self._signature(payload)):
            raise _invalid()
        grant = _Grant.model_validate_json(payload)
        if grant.job_id != job_id or grant.expires_at <= time.time():
            raise _invalid()
        shared = {Scope.SHARED} if grant.is_shared else set()
        return Caller(grant.tenant, grant.key_id, frozenset({Scope.READ} | shared))

    def _signature(self, payload: bytes) -> bytes:
        return hmac.digest(self.signing_key.encode(), _PURPOSE + payload, hashlib.sha256)


def _parts(token: str) -> tuple[bytes, bytes]:
    try:
        payload, signature = (_decoded(part) for part in token.split("."))
    except ValueError:  # binascii.Error is one
        raise _invalid() from None
    return payload, signature


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _invalid() -> StreamTokenInvalidError:
    return StreamTokenInvalidError(
        "This token does not open this job's events, or its time is over; ask for another one."
    )
