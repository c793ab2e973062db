"""What of a word is left in most of its disguises: its outline, all vowels as one, no letter twice.

Tells from the parts of a word, as they come, that it cannot be one of those that are looked for.
"""

import re
from collections.abc import Iterable

WILDCARD = "*"
"""Stands for any vowel."""
_VOWELS = str.maketrans("eiou" + WILDCARD, "aaaaa")
_BEFORE_ITSELF = re.compile(r"(.)(?=\1)", re.DOTALL)
_NOTHING = "(?!)"


def outline(word: str) -> str:
    return _BEFORE_ITSELF.sub("", vowels_alike(word))


def vowels_alike(word: str) -> str:
    return word.translate(_VOWELS)


def joined(first: str, second: str) -> str:
    """The outline of a word of two parts, from theirs."""
    return first + second[1:] if first[-1:] == second[:1] else first + second


class Outlines:
    """Those of `words`, and of all that begin as one of `stems` does.

    `whole` holds each as `follow` leaves it, and `tails` all ends of those of words.
    """

    def __init__(self, words: Iterable[str], stems: Iterable[str]) -> None:
        whole, begun = set(map(outline, words)), set(map(outline, stems))
        self._stem = re.compile("|".join(map(re.escape, begun)) if begun else _NOTHING)
        self._heads = {each[:end] for each in whole | begun for end in range(len(each) + 1)}
        self.whole = frozenset(whole.union(filter(self._stem.match, self._heads)))
        self.tails = frozenset(each[start:] for each in whole for start in range(len(each)))

    def follow(self, outline: str) -> str | None:
        """As much of this beginning of a word as still matters; None if no word begins so."""
        if outline in self._heads:
            return outline
        stem = self._stem.match(outline)
        return stem and stem[0]
