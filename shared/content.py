"""What "avoid explicit content" rules out: a versioned list, and whether a text says any of it.

A filter, not a guarantee: it knows words, phrases and some of their disguises, not what is meant.
Everything here depends on the text alone, so what is judged again is judged alike.
"""

import hashlib
import tomllib
import unicodedata
from collections import deque
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache
from itertools import takewhile
from pathlib import Path

from pydantic import BaseModel, ConfigDict

AVOID_EXPLICIT = "avoid explicit content"
LIST = Path(__file__).with_name("explicit_content.toml")
LONGEST_WORD = 40
"""What goes on without end is no word, and is not waited for."""
PRIMED_CHARS = 2_000
"""More than the longest phrase has, also where much of it is not seen."""
_ENDINGS = ("", "s", "es", "ed", "er", "ers", "ing", "y")
_DISGUISES = str.maketrans("0134578@$", "oieastbas")
_DISGUISE = frozenset("@$")


class Ruled(BaseModel):
    """The list. A trailing `*` in a phrase stands for any ending."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    phrases: tuple[str, ...]
    hashed_words: frozenset[str]


class ContentWatch:
    """Feed it a growing text in pieces of any size.

    `is_ruled_out` once a word is complete that is ruled out, by itself or with those before it; it
    takes nothing more then. `open_pieces` is how many of the last pieces hold the word that is not
    complete, or is ruled out.
    """

    def __init__(self) -> None:
        self.is_ruled_out = False
        self.open_pieces = 0
        self._words: deque[str] = deque(maxlen=_reach())
        self._word = ""
        self._acquitted = ""

    def prime(self, before: str) -> None:
        """What stands before the text: it is not ruled out, but what the text makes of it is."""
        for char in before[-PRIMED_CHARS:]:
            self.push(char)
            self.acquit()
        self.open_pieces = 0

    def acquit(self) -> None:
        """What there is so far is not ruled out unless more letters come."""
        self.is_ruled_out = False
        self._acquitted = self._word

    def push(self, text: str) -> None:
        begun = self.open_pieces + 1
        for char in text:
            if _is_of_word(char):
                self._word += char
                continue
            self.close()
            if self.is_ruled_out:
                self.open_pieces = begun
                return
            begun = 1
        is_open = self._word or begun > 1
        self.open_pieces = begun if is_open and len(self._word) <= LONGEST_WORD else 0

    def close(self) -> None:
        """The word is complete, since something else follows, or nothing."""
        word, self._word = self._word, ""
        is_known, self._acquitted = word == self._acquitted, ""
        word = _bare(word) if len(word) <= LONGEST_WORD else ""
        if word:
            self._words.append(word)
            is_bad = not is_known and _ends_ruled_out(self._words)
            self.is_ruled_out = self.is_ruled_out or is_bad


def explicit_in(text: str) -> str | None:
    """The first word of the text that is ruled out or completes what is; None if it is clean."""
    watch = ContentWatch()
    for word in text.split():
        watch.push(word + " ")
        if watch.is_ruled_out:
            return word
    return None


@cache
def ruled() -> Ruled:
    return Ruled.model_validate(tomllib.loads(LIST.read_text(encoding="utf-8")))


def _ends_ruled_out(words: Sequence[str]) -> bool:
    """Whether the last of these words is ruled out, or completes a phrase or a spelling that is."""
    *before, last = words
    return (
        _is_obscene(last)
        or any(_fits(phrase, before) for phrase in _phrases_ending_in(last))
        or (len(last) == 1 and _is_spelt_out(words))
    )


@cache
def _is_obscene(word: str) -> bool:
    stems = {word.removesuffix(ending) for ending in _ENDINGS}
    return not ruled().hashed_words.isdisjoint(map(_hash, stems))


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()[:16]


@cache
def _phrases_ending_in(word: str) -> tuple[tuple[str, ...], ...]:
    """What has to stand before the word, for each phrase that it would complete."""
    phrases = (tuple(phrase.split()) for phrase in ruled().phrases)
    return tuple(phrase[:-1] for phrase in phrases if fnmatchcase(word, phrase[-1]))


def _fits(phrase: Sequence[str], words: Sequence[str]) -> bool:
    return tuple(words[len(words) - len(phrase) :]) == tuple(phrase)


def _is_spelt_out(words: Sequence[str]) -> bool:
    """Whether the letters that stand alone at the end spell something obscene."""
    letters = "".join(takewhile(lambda word: len(word) == 1, reversed(words)))[::-1]
    return any(_is_obscene(letters[start:]) for start in range(len(letters) - 2))


def _reach() -> int:
    """How many words back a phrase, or a word spelt out in letters, may begin."""
    return max(12, *(len(phrase.split()) for phrase in ruled().phrases))


@cache
def _is_of_word(char: str) -> bool:
    """Letters, digits and marks; also what is not seen, which splits no word."""
    return char.isalnum() or char in _DISGUISE or unicodedata.category(char) in ("Mn", "Cf")


@cache
def _bare(word: str) -> str:
    """Without accents, case, what is not seen, and digits that stand for letters among letters."""
    seen = unicodedata.normalize("NFKD", word)
    bare = "".join(c for c in seen if unicodedata.category(c) not in ("Mn", "Cf")).casefold()
    return bare.translate(_DISGUISES) if any(map(str.isalpha, bare)) else bare
