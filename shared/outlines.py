"""What of a word is left in most of its disguises: its outline, all vowels as one, no letter twice.

Outlines tell quickly what cannot be a word of the list. Knows no list.
"""

import re
from collections.abc import Iterable, Iterator

WILDCARD = "*"
"""Stands for any vowel."""
_VOWELS = str.maketrans("eiou" + WILDCARD, "aaaaa")
_RUN = re.compile(r"(.)\1+")


def outline(word: str) -> str:
    return _RUN.sub(r"\1", vowels_alike(word))


def vowels_alike(word: str) -> str:
    return word.translate(_VOWELS)


def joined(first: str, second: str) -> str:
    """The outline of a word of two parts, from theirs."""
    return first + second[1:] if first[-1:] == second[:1] else first + second


def endings(parts: Iterable[str]) -> Iterator[str]:
    """What the last parts make, from one of them to all; they come last first."""
    whole = ""
    for part in parts:
        whole = joined(part, whole)
        yield whole
