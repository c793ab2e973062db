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
    former: str = ""
    """The hash as the version before made it, which is what is kept for a day after an upgrade."""


def ticket_for(key: str | None, body: Contract, *about: str) -> Ticket | None:
    """`about`: what beside its body tells the request from others. None without a key."""
    if key is None:
        return None
    # Without defaults: a version whose requests have one more field knows this one again.
    dumped = (body.model_dump_json(exclude_defaults=True), body.model_dump_json())
    return Ticket(key, *(_digest(*about, each) for each in dumped))


def _digest(*asked: str) -> str:
    return hashlib.sha256("\n".join(asked).encode()).hexdigest()
