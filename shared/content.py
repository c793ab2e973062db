"""What "avoid explicit content" rules out: a versioned list, and whether a text says any of it.

A filter, not a guarantee: it knows words, phrases and some of their disguises, not what is meant.
Everything here depends on the text alone, so what is judged again is judged alike.
"""

import re
import tomllib
import unicodedata
from collections import deque
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import takewhile
from operator import itemgetter
from pathlib import Path

from shared.explicit_list import Before, Ruled
from shared.joined import Joined
from shared.outlines import joined, vowels_alike

AVOID_EXPLICIT = "avoid explicit content"
LIST = Path(__file__).with_name("explicit_content.toml")
LONGEST_WORD = 40
"""What goes on without end is no word, and is not waited for. The list has none so long."""
MOST_KEPT = 1_024
"""Of words that were looked up, and so much memory for whatever is sent."""
PRIMED_CHARS = 2_000
"""More than the longest phrase has, also where much of it is not seen."""
_DISGUISES = str.maketrans("0134578@$", "oieastbas")
_DISGUISE = frozenset("@$")
_AROUND = "0123456789@$"
_LOOKALIKES = str.maketrans("аеорсухкмтніѕјıοαυκ", "aeopcyxkmthisjioauk")
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")


class ContentWatch:
    """Feed it a growing text in pieces of any size.

    `is_ruled_out` once a word is complete that is ruled out, by itself or with those before it; it
    takes nothing more then. `open_pieces` is how many of the last pieces hold the word that is not
    complete, or is ruled out.
    """

    def __init__(self) -> None:
        self.is_ruled_out = False
        self.open_pieces = 0
        self._words: deque[str] = deque(maxlen=ruled().reach)
        self._joined = Joined(ruled().outlines)
        self._word = ""
        self._acquitted = ""

    def prime(self, before: str) -> None:
        """What stands before the text: it is not ruled out, but what the text makes of it is."""
        for char in before[-PRIMED_CHARS:]:
            self.push(char)
            self.acquit()
        self.open_pieces = 0

    @property
    def is_full(self) -> bool:
        """Whether what stood before the words so far matters no more."""
        return len(self._words) == self._words.maxlen

    def acquit(self) -> None:
        """What there is so far is not ruled out unless more letters come."""
        self.is_ruled_out = False
        self._acquitted = self._word

    def push(self, text: str) -> None:
        begun, is_open = self.open_pieces + 1, bool(self._word) or self.open_pieces > 0
        has_letters = False
        for char in text:
            if _is_unseen(char):
                continue
            if _is_of_word(char):
                has_letters = is_open = True
                if len(self._word) <= LONGEST_WORD:
                    self._word += char
                continue
            self.close()
            if self.is_ruled_out:
                self.open_pieces = begun
                return
            self._joined.sign(char)
            # A piece that ends one word and begins another may be taken back: it takes the end with
            # it, so the beginning has to wait, too.
            begun, is_open = begun if has_letters else 1, False
        self.open_pieces = begun if is_open and len(self._word) <= LONGEST_WORD else 0

    def close(self) -> None:
        """The word is complete, since something else follows, or nothing."""
        word, self._word = self._word, ""
        is_known, self._acquitted = word == self._acquitted, ""
        if len(word) > LONGEST_WORD:
            self._joined.part()
            return
        if word := _bare(word):
            before, readings = [*self._words], _readings(word)
            self._words.append(readings[-1])
            self._joined.word(word.translate(_DISGUISES))
            if not is_known and self._is_bad(before, readings):
                self.is_ruled_out = True

    def _is_bad(self, before: Sequence[str], readings: Sequence[str]) -> bool:
        return any(_ends_ruled_out([*before, reading]) for reading in readings) or any(
            map(_is_ruled_out, self._joined.readings())
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
            return _shortest(words[max(0, end - ruled().reach) : end])
    return None


def _shortest(words: Sequence[str]) -> str:
    """What is ruled out at the end of these words, the last of which completes it."""
    *before, last = words
    opening = _opening(last)
    if not _is_explicit(" ".join([*before, opening])) or _is_explicit(last):
        return last
    for start in reversed(range(len(before))):
        if _is_explicit(" ".join([*before[start:], opening])):
            return " ".join(words[start:])
    return last


def _opening(word: str) -> str:
    """As much of what stands between spaces as has to do with what stands before."""
    watch = ContentWatch()
    for end, char in enumerate(word, start=1):
        watch.push(char)
        if watch.is_ruled_out or watch.is_full:
            return word[:end]
    return word


def _is_explicit(text: str) -> bool:
    watch = ContentWatch()
    watch.push(text + " ")
    return watch.is_ruled_out


@cache
def ruled() -> Ruled:
    return Ruled.model_validate(tomllib.loads(LIST.read_text(encoding="utf-8")))


@lru_cache(maxsize=MOST_KEPT)
def _is_ruled_out(reading: str) -> bool:
    return _ends_ruled_out([_undrawn(reading)])


def _ends_ruled_out(words: Sequence[str]) -> bool:
    """Whether the last of these words is ruled out, or completes a phrase or a spelling that is."""
    *before, last = words
    last = last[: LONGEST_WORD + 1]
    return (
        _is_obscene(last)
        or any(_fits(phrase, before) for phrase in _phrases_ending_in(last))
        or (len(last) == 1 and _is_spelt_out(words))
    )


@lru_cache(maxsize=MOST_KEPT)
def _is_obscene(word: str) -> bool:
    return ruled().is_obscene(word)


@lru_cache(maxsize=MOST_KEPT)
def _phrases_ending_in(word: str) -> tuple[Before, ...]:
    return ruled().phrases_ending_in(word)


def _fits(phrase: Sequence[str], words: Sequence[str]) -> bool:
    return tuple(words[len(words) - len(phrase) :]) == tuple(phrase)


def _is_spelt_out(words: Sequence[str]) -> bool:
    """Whether the letters that stand alone at the end spell something obscene."""
    letters = "".join(takewhile(lambda word: len(word) == 1, reversed(words)))
    outlines, end = ruled().outlines, ""
    for count, letter in enumerate(vowels_alike(letters), start=1):
        end = joined(letter, end)
        if end not in outlines.tails:
            return False
        if count > 2 and end in outlines.whole and _is_obscene(letters[:count][::-1]):
            return True
    return False


def _is_of_word(char: str) -> bool:
    return char.isalnum() or char in _DISGUISE


@lru_cache(maxsize=MOST_KEPT)
def _is_unseen(char: str) -> bool:
    """What splits no word and makes none longer: marks on letters, and what takes no ink."""
    if unicodedata.category(char) == "Cc":
        return not char.isspace()
    return char in _FILLERS or unicodedata.category(char) in ("Mn", "Me", "Cf")


@lru_cache(maxsize=MOST_KEPT)
def _bare(word: str) -> str:
    """Without accents, case, look-alikes of Latin letters beside them, and letters drawn out."""
    if word.isascii():
        return _undrawn(word.lower())
    folded = unicodedata.normalize("NFKD", word)
    bare = "".join(char for char in folded if not _is_unseen(char)).casefold()
    if any("a" <= char <= "z" for char in bare):
        bare = bare.translate(_LOOKALIKES)
    return _undrawn(bare)


def _undrawn(word: str) -> str:
    return _DRAWN_OUT.sub(itemgetter(1), word) if word.isalpha() else word


def _readings(word: str) -> tuple[str, ...]:
    """With digits among letters read as letters, at its ends as well, or as nothing there."""
    if word.isalpha() or not any(map(str.isalpha, word)):
        return (word,)
    return word.translate(_DISGUISES), word.strip(_AROUND).translate(_DISGUISES)
