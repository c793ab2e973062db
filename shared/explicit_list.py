"""The list of what is ruled out, and whether a word is on it. Judges no text."""

import re
from functools import cached_property
from hashlib import sha256
from typing import Annotated
from zlib import crc32

from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.outlines import outline

_SUFFIXES = ("", "s", "es", "ed", "er", "ers", "ing", "y")
_NOTHING = "(?!)"
Before = tuple[str, ...]
HashedWord = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16} [0-9a-f]{8}$")]


class Ruled(BaseModel):
    """The list. A trailing `*` in a phrase stands for any ending.

    A hashed word is followed by the CRC-32 of its outline, which goes on where it ends.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    phrases: tuple[str, ...]
    hashed_words: frozenset[HashedWord]

    def may_be(self, outline: str) -> bool:
        """Whether a word with this outline may be ruled out by itself; it seldom errs."""
        return crc32(outline.encode()) in self._outlines or bool(self._beginnings.match(outline))

    def is_obscene(self, word: str) -> bool:
        if crc32(outline(word).encode()) not in self._outlines:
            return False
        stems = {word.removesuffix(suffix) for suffix in _SUFFIXES}
        return not self._hashes.isdisjoint(map(_hash, stems))

    def phrases_ending_in(self, word: str) -> tuple[Before, ...]:
        """What has to stand before the word, for each phrase that it would complete."""
        starred = (word[:length] + "*" for length in self._lengths)
        return tuple(
            before for ending in (word, *starred) for before in self._phrases.get(ending, ())
        )

    @cached_property
    def reach(self) -> int:
        """How many words back a phrase, or a word spelt out in letters, may begin."""
        return max(12, *(len(phrase.split()) for phrase in self.phrases))

    @cached_property
    def _phrases(self) -> dict[str, list[Before]]:
        """What stands before their last words, for each of these."""
        found: dict[str, list[Before]] = {}
        for phrase in self.phrases:
            *before, last = phrase.split()
            found.setdefault(last, []).append(tuple(before))
        return found

    @cached_property
    def _lengths(self) -> range:
        """Of what may stand before a star."""
        return range(max(map(len, self._phrases), default=0))

    @cached_property
    def _hashes(self) -> frozenset[str]:
        return frozenset(word.split()[0] for word in self.hashed_words)

    @cached_property
    def _outlines(self) -> frozenset[int]:
        """Of the words and phrases of one word, with their endings."""
        whole = {crc32(outline(phrase).encode()) for phrase in self._phrases}
        words = [int(word.split()[1], 16) for word in self.hashed_words]
        endings = [outline(suffix).encode() for suffix in _SUFFIXES]
        # An ending that begins as the word ends adds one letter less.
        ways = {way for ending in endings for way in (ending, ending[1:])}
        return frozenset(whole | {crc32(way, word) for word in words for way in ways})

    @cached_property
    def _beginnings(self) -> re.Pattern[str]:
        """Of the outlines of phrases that stand for any ending."""
        starred = [
            outline(last[:-1])
            for last, before in self._phrases.items()
            if last[-1:] == "*" and () in before
        ]
        return re.compile("|".join(map(re.escape, starred)) or _NOTHING)


def _hash(word: str) -> str:
    return sha256(word.encode()).hexdigest()[:16]
