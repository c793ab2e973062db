"""The list of what is ruled out, and whether a word is on it. Judges no text."""

from functools import cached_property
from hashlib import sha256
from itertools import takewhile
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.outlines import Outlines, outline

_SUFFIXES = ("", "s", "es", "ed", "er", "ers", "ing", "y")
Before = tuple[str, ...]
HashedWord = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16} ([0-9a-f]{2})+$")]


class Ruled(BaseModel):
    """The list. A trailing `*` in a phrase stands for any ending.

    A hashed word is followed by its outline in hexadecimal digits.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    phrases: tuple[str, ...]
    hashed_words: frozenset[HashedWord]

    def is_obscene(self, word: str) -> bool:
        if outline(word) not in self.outlines.whole:
            return False
        stems = {word.removesuffix(suffix) for suffix in _SUFFIXES}
        return not self.hashes.isdisjoint(map(_hash, stems))

    def phrases_ending_in(self, word: str) -> tuple[Before, ...]:
        """What has to stand before the word, for each phrase that it would complete."""
        found = self.befores
        lengths = takewhile(len(word).__ge__, self.stem_lengths)
        ends = [word, *(word[:length] + "*" for length in lengths)]
        return tuple(before for end in ends if end in found for before in found[end])

    @cached_property
    def reach(self) -> int:
        """How many words back a phrase, or a word spelt out in letters, may begin."""
        return max(12, *(len(phrase.split()) for phrase in self.phrases))

    @cached_property
    def befores(self) -> dict[str, list[Before]]:
        """What stands before the last word of a phrase, by this word."""
        found: dict[str, list[Before]] = {}
        for phrase in self.phrases:
            *before, last = phrase.split()
            found.setdefault(last, []).append(tuple(before))
        return found

    @cached_property
    def stem_lengths(self) -> list[int]:
        return sorted({len(last) - 1 for last in self.befores if last.endswith("*")})

    @cached_property
    def hashes(self) -> frozenset[str]:
        return frozenset(word.split()[0] for word in self.hashed_words)

    @cached_property
    def outlines(self) -> Outlines:
        """Of all that is ruled out by itself."""
        alone = [last for last, befores in self.befores.items() if () in befores]
        hidden = [bytes.fromhex(word.split()[1]).decode() for word in self.hashed_words]
        words = [word + suffix for word in hidden for suffix in _SUFFIXES]
        stems = [word.removesuffix("*") for word in alone if word.endswith("*")]
        return Outlines([*words, *alone], stems)


def _hash(word: str) -> str:
    return sha256(word.encode()).hexdigest()[:16]
