"""What a line of a prompt may hold. Knows nothing of which fields there are."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

SEED_MAX_CHARS = 2_000
CONSTRAINT_MAX_CHARS = 120


def one_line(text: str) -> str:
    """Fold white space to single spaces and refuse other control characters.

    The prompt is line-based, so a line break inside a field would let a seed pose as a header.
    """
    folded = re.sub(r"[^\S\x1c-\x1f]+", " ", unicodedata.normalize("NFC", text)).strip(" ")
    if any(unicodedata.category(char) == "Cc" for char in folded):
        raise ValueError("must not contain control characters")
    if all(unicodedata.category(char)[0] in "CZ" for char in folded):  # invisible ones as well
        raise ValueError("must not be blank")
    return folded


def _still_at_most(limit: int) -> AfterValidator:
    """The length again behind `one_line`: NFC writes some single characters as two."""

    def check(text: str) -> str:
        if len(text) > limit:
            raise ValueError(f"must have at most {limit} characters in Unicode's composed form")
        return text

    return AfterValidator(check)


StorySeed = Annotated[
    str,
    StringConstraints(min_length=1, max_length=SEED_MAX_CHARS),
    AfterValidator(one_line),
    _still_at_most(SEED_MAX_CHARS),
]
Constraint = Annotated[
    str,
    StringConstraints(min_length=1, max_length=CONSTRAINT_MAX_CHARS),
    AfterValidator(one_line),
    _still_at_most(CONSTRAINT_MAX_CHARS),
]
