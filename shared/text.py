"""What free text in a prompt may hold. Knows nothing of which fields there are."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

SEED_MAX_CHARS = 2_000
CONSTRAINT_MAX_CHARS = 120
MEMORY_MAX_CHARS = 4_000
AUTHOR_NOTE_MAX_CHARS = 1_000
_LINE_BREAK = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_SPACE = re.compile(r"[^\S\x1c-\x1f]+")
"""Four control characters count as white space too; they are to be refused, not folded."""


def one_line(text: str) -> str:
    """Fold white space to single spaces and refuse other control characters.

    The prompt is line-based, so a line break inside a field would let a seed pose as a header.
    """
    folded = _folded(unicodedata.normalize("NFC", text))
    if _is_blank(folded):
        raise ValueError("must not be blank")
    return folded


def some_lines(text: str) -> str:
    """The same for each line of a text that may have several; one that is blank is empty."""
    lines = _LINE_BREAK.sub("\n", unicodedata.normalize("NFC", text)).split("\n")
    folded = "\n".join(_folded(line) for line in lines).strip("\n")
    return "" if _is_blank(folded) else folded


def _folded(line: str) -> str:
    folded = _SPACE.sub(" ", line).strip(" ")
    if any(unicodedata.category(char) == "Cc" for char in folded):
        raise ValueError("must not contain control characters")
    return folded


def _is_blank(text: str) -> bool:
    return all(unicodedata.category(char)[0] in "CZ" for char in text)  # invisible ones as well


def _still_at_most(limit: int) -> AfterValidator:
    """The length again behind the folding: NFC writes some single characters as two."""

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
Memory = Annotated[
    str,
    StringConstraints(max_length=MEMORY_MAX_CHARS),
    AfterValidator(some_lines),
    _still_at_most(MEMORY_MAX_CHARS),
]
AuthorNote = Annotated[
    str,
    StringConstraints(max_length=AUTHOR_NOTE_MAX_CHARS),
    AfterValidator(some_lines),
    _still_at_most(AUTHOR_NOTE_MAX_CHARS),
]
