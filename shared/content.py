"""What "avoid explicit content" rules out: a versioned list, and whether a text says any of it.

A filter, not a guarantee: it knows words, phrases and some of their disguises, not what is meant.
Everything here depends on the text alone, so what is judged again is judged alike.
"""

import hashlib
import re
import tomllib
import unicodedata
from collections import deque
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache
from itertools import takewhile
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from shared.joined import Joined

AVOID_EXPLICIT = "avoid explicit content"
LIST = Path(__file__).with_name("explicit_content.toml")
LONGEST_WORD = 40
"""What goes on without end is no word, and is not waited for."""
PRIMED_CHARS = 2_000
"""More than the longest phrase has, also where much of it is not seen."""
_ENDINGS = ("", "s", "es", "ed", "er", "ers", "ing", "y")
_DISGUISES = str.maketrans("0134578@$", "oieastbas")
_DISGUISE = frozenset("@$")
_AROUND = "0123456789@$"
_LOOKALIKES = str.maketrans("аеорсухкмтніѕјıοαυκ", "aeopcyxkmthisjioauk")
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")


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
        self._joined = Joined()
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
            if _is_unseen(char):
                continue
            if _is_of_word(char):
                self._word += char
                continue
            self.close()
            if self.is_ruled_out:
                self.open_pieces = begun
                return
            self._joined.sign(char)
            begun = 1
        is_open = self._word or begun > 1
        self.open_pieces = begun if is_open and len(self._word) <= LONGEST_WORD else 0

    def close(self) -> None:
        """The word is complete, since something else follows, or nothing."""
        word, self._word = self._word, ""
        is_known, self._acquitted = word == self._acquitted, ""
        if len(word) > LONGEST_WORD:
            self._joined.part()
            return
        if word := _bare(word):
            is_bad = self._is_bad(word)
            self.is_ruled_out = self.is_ruled_out or (is_bad and not is_known)

    def _is_bad(self, word: str) -> bool:
        before, readings = [*self._words], _readings(word)
        self._words.append(readings[-1])
        self._joined.word(word.translate(_DISGUISES))
        return any(_ends_ruled_out([*before, reading]) for reading in readings) or any(
            _ends_ruled_out([_undrawn(reading)]) for reading in self._joined.readings()
        )


def avoids_explicit(constraint: str) -> bool:
    """Whether it is that constraint, in any spelling."""
    return constraint.removesuffix(".").rstrip().casefold() == AVOID_EXPLICIT


def explicit_in(text: str) -> str | None:
    """The first word or phrase of the text that is ruled out, as it stands; None if it is clean."""
    words = text.split()
    watch = ContentWatch()
    for end, word in enumerate(words, start=1):
        watch.push(word + " ")
        if watch.is_ruled_out:
            return _shortest(words[max(0, end - _reach()) : end])
    return None


def _shortest(words: Sequence[str]) -> str:
    """What is ruled out at the end of these words, the last of which completes it."""
    ends = (" ".join(words[-count:]) for count in range(1, len(words) + 1))
    return next(filter(_is_explicit, ends), words[-1])


def _is_explicit(text: str) -> bool:
    watch = ContentWatch()
    watch.push(text + " ")
    return watch.is_ruled_out


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
    return char.isalnum() or char in _DISGUISE


@cache
def _is_unseen(char: str) -> bool:
    """What splits no word and makes none longer: marks on letters, and what takes no ink."""
    if unicodedata.category(char) == "Cc":
        return not char.isspace()
    return char in _FILLERS or unicodedata.category(char) in ("Mn", "Me", "Cf")


@cache
def _bare(word: str) -> str:
    """Without accents, case, look-alikes of Latin letters beside them, and letters drawn out."""
    folded = unicodedata.normalize("NFKD", word)
    bare = "".join(char for char in folded if not _is_unseen(char)).casefold()
    if any("a" <= char <= "z" for char in bare):
        bare = bare.translate(_LOOKALIKES)
    return _undrawn(bare)


def _undrawn(word: str) -> str:
    return _DRAWN_OUT.sub(r"\1", word) if word.isalpha() else word


@cache
def _readings(word: str) -> tuple[str, ...]:
    """With digits among letters read as letters, at its ends as well, or as nothing there."""
    if not any(map(str.isalpha, word)):
        return (word,)
    return word.translate(_DISGUISES), word.strip(_AROUND).translate(_DISGUISES)
