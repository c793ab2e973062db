"""Words that signs divide instead of spaces, read as one. Knows no list."""

import re
from collections import deque
from collections.abc import Iterator

_SIGNS = frozenset(".,;:_~^=/\\|+!*#-")
"""Not among them: dashes and quotes, which old books set between words without a space."""
_LONGEST_GAP = 2
"""Three dots are a pause between words."""
_MOST_WORDS = 12
_VOWELS = "aeiou"
_LETTERS = str.maketrans("!|+", "iit")
_ANY_VOWEL = re.compile(r"[*#]")
_NO_LETTER = re.compile(r"[^\w]|_")


class Joined:
    """Feed it what a text is made of, as it comes: words, and each character between them."""

    def __init__(self) -> None:
        self._words: deque[str] = deque(maxlen=_MOST_WORDS)
        self._gaps: deque[str] = deque(maxlen=_MOST_WORDS)
        self._gap = ""

    def word(self, word: str) -> None:
        self._words.append(word)
        self._gaps.append(self._gap)
        self._gap = ""

    def sign(self, char: str) -> None:
        self._gap += char
        if char not in _SIGNS or len(self._gap) > _LONGEST_GAP:
            self.part()

    def part(self) -> None:
        """What comes next belongs to no word before."""
        self._words.clear()
        self._gaps.clear()
        self._gap = ""

    def readings(self) -> Iterator[str]:
        """What the last word can be read as with those before it, signs as letters or as nothing.

        Two that a hyphen joins are two, unless one is a letter.
        """
        words, gaps = [*self._words], [*self._gaps]
        for start in range(len(words) - 1):
            own, between = words[start:], gaps[start + 1 :]
            if "-" in "".join(between) and all(len(word) > 1 for word in own):
                continue
            pairs = zip(own[1:], between, strict=True)
            written = own[0] + "".join(gap + word for word, gap in pairs)
            yield _NO_LETTER.sub("", written)
            for vowel in _VOWELS if _ANY_VOWEL.search(written) else _VOWELS[:1]:
                read = _ANY_VOWEL.sub(vowel, written.translate(_LETTERS))
                yield _NO_LETTER.sub("", read)
