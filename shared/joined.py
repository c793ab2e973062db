"""Words that signs divide instead of spaces, read as one. Knows no list, only its outlines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.outlines import WILDCARD, Outlines, joined, outline

_SIGNS = ".,;:_~^=/\\|+!*#-"
"""Not among them: dashes and quotes, which old books set between words without a space."""
_LONGEST_GAP = 2
"""Three dots are a pause between words."""
_MOST_WORDS = 12
_MOST_LETTERS = 256
"""A word that has more is known by these, and by whether all of them are letters."""
_VOWELS = "aeiou"
_LETTERS = {"!": "i", "|": "i", "+": "t", "*": WILDCARD, "#": WILDCARD}
_SOUNDS = str.maketrans({sign: _LETTERS.get(sign) for sign in _SIGNS})
_NO_LETTER = re.compile(r"[^\w]|_")


@dataclass(slots=True)
class _Reading:
    """What is read from the word with this number on."""

    start: int
    text: str
    outline: str
    """As much of it as matters."""
    is_settled: bool = False
    """It begins as what is looked for, or not, whatever letters come."""

    def copy(self) -> "_Reading":
        return _Reading(self.start, self.text, self.outline, self.is_settled)


class Joined:
    """Feed it what a text is made of, as it comes: words, and each character between them."""

    def __init__(self, outlines: Outlines) -> None:
        self._outlines = outlines
        self._alike: list[_Reading] = []
        self._written: list[_Reading] = []
        self._heard: list[_Reading] = []
        """What signs are letters in, nothing in those that are written; others have none such."""
        self._gap = ""
        self._last = self._last_letter = self._last_hyphen = 0
        """The numbers of the last word, the last that is a letter or stands behind a hyphen."""

    def word(self, word: str) -> None:
        self._last += 1
        if len(word) < 2:
            self._last_letter = self._last
        if "-" in self._gap:
            self._last_hyphen = self._last
        letters, sound = _letters(word), self._gap.translate(_SOUNDS)
        own = outline(letters)
        if sound:
            self._heard += [each.copy() for each in self._alike]
            self._written += self._alike
            self._alike = []
        self._alike = self._grown(self._alike, letters, own)
        self._written = self._grown(self._written, letters, own)
        self._heard = self._grown(self._heard, sound + letters, joined(outline(sound), own))
        begun = self._outlines.follow(own)
        if begun is not None:
            self._alike.append(_Reading(self._last, letters, begun))
        self._gap = ""

    def sign(self, char: str) -> None:
        self._gap += char
        if char not in _SIGNS or len(self._gap) > _LONGEST_GAP:
            self.part()

    def part(self) -> None:
        """What comes next belongs to no word before."""
        for readings in (self._alike, self._written, self._heard):
            readings.clear()
        self._gap = ""

    def readings(self) -> Iterator[str]:
        """What the last word can be read as with those before it, as far as outlines tell.

        Two that a hyphen joins are two, unless one is a letter.
        """
        whole = self._outlines.whole
        for each in (*self._alike, *self._written, *self._heard):
            if each.outline not in whole or each.start == self._last:
                continue
            if self._last_hyphen > each.start > self._last_letter:
                continue
            for vowel in _VOWELS if WILDCARD in each.text else _VOWELS[:1]:
                yield each.text.replace(WILDCARD, vowel)

    def _grown(self, readings: list[_Reading], text: str, added: str) -> list[_Reading]:
        """Those that go on, with this text, which has that outline."""
        grown: list[_Reading] = []
        steps: dict[str, tuple[str | None, bool]] = {}
        for each in readings:
            if each.outline not in steps:
                whole = joined(each.outline, added)
                followed = self._outlines.follow(whole)
                steps[each.outline] = followed, followed != whole
            outline, is_settled = steps[each.outline]
            if outline is None or each.start <= self._last - _MOST_WORDS:
                continue
            each.text += _trace(text) if each.is_settled else text
            each.outline = outline
            each.is_settled = each.is_settled or is_settled
            grown.append(each)
        return grown


def _letters(word: str) -> str:
    letters = word if word.isalnum() else _NO_LETTER.sub("", word)
    if len(letters) <= _MOST_LETTERS:
        return letters
    return letters[:_MOST_LETTERS] + _trace(letters)


def _trace(text: str) -> str:
    """What it does to a word that it follows far from its beginning: only letters are drawn out."""
    written = text.replace(WILDCARD, "")
    return "2" if written and not written.isalpha() else ""
