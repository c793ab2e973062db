"""What an API key looks like, and the only form in which it is kept. Pure."""

import hashlib
import re
import secrets

PREFIX = "once_"
"""So that a key is recognised wherever it should not stand."""
FORM = re.compile(rf"{PREFIX}[0-9a-f]{{64}}")


def make_key() -> str:
    """256 random bits."""
    return PREFIX + secrets.token_hex(32)


def hash_of(key: str) -> str:
    """Nothing slower is needed: there are too many keys to try, and none that people think of."""
    return hashlib.sha256(key.encode()).hexdigest()


def is_key(text: str) -> bool:
    return FORM.fullmatch(text) is not None
