"""`Idempotency-Key`: a request that is sent again makes nothing again. Knows no tables."""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import Header

from shared.contract import Contract

MAX_KEY_CHARS = 255
KEPT_SECONDS = 24 * 3600

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=MAX_KEY_CHARS,
        pattern=r"^[\x21-\x7e]+$",
        description="any name that you give to this request: sent again within a day, under the "
        "same name, it is answered with what it made the first time",
    ),
]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A caller's key, and the hash of what was asked for under it."""

    key: str
    digest: str


def ticket_for(key: str | None, body: Contract, *about: str) -> Ticket | None:
    """`about`: what beside its body tells the request from others. None without a key."""
    if key is None:
        return None
    asked = "\n".join((*about, body.model_dump_json()))
    return Ticket(key, hashlib.sha256(asked.encode()).hexdigest())
