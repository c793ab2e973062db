"""Whether a growing text stands at the end of a sentence, and whether a story may end there.

Knows nothing of tokens; feed it the story's text in pieces of any size.
"""

import math

_TERMINATORS = frozenset(".!?…。！？")
_CLOSERS = frozenset("'’)]")
_ABBREVIATIONS = frozenset(("mr", "mrs", "ms", "dr", "st"))
_OPENING, _CLOSING, _STRAIGHT = "“", "”", '"'
WINDOW_SHARE = 0.12
WINDOW_TOKENS = 24


class SentenceWatch:
    """`at_end` and `at_break` describe the text so far."""

    def __init__(self) -> None:
        self._quoted = False
        self._complete = False
        self._broken = False
        self._word = ""

    @property
    def at_end(self) -> bool:
        """A sentence is complete, its quotation closed, and nothing but white space follows."""
        return self._complete and not self._quoted

    @property
    def at_break(self) -> bool:
        """At the end of a sentence, and the line has ended, too."""
        return self.at_end and self._broken

    def push(self, text: str) -> None:
        for char in text:
            self._take(char)

    def _take(self, char: str) -> None:
        if char.isspace():
            self._word = ""
            if char == "\n":
                # A speech of several paragraphs is closed only in its last one.
                self._quoted, self._broken = False, True
            return
        self._broken = False
        if char in (_OPENING, _CLOSING, _STRAIGHT):
            self._quoted = not self._quoted if char == _STRAIGHT else char == _OPENING
            self._complete = self._complete and not self._quoted
        elif char in _TERMINATORS:
            self._complete = char != "." or self._word.casefold() not in _ABBREVIATIONS
        elif char not in _CLOSERS:
            self._complete = False
            self._word += char


def may_round_off(watch: SentenceWatch, *, written: int, limit: int) -> bool:
    """Whether a story of at most `limit` tokens should end here rather than be cut later.

    In the first half of its last tokens only where a paragraph ends, in the second half after any
    sentence.
    """
    window = min(max(WINDOW_TOKENS, math.ceil(WINDOW_SHARE * limit)), limit // 2)
    left = limit - written
    return watch.at_end if left <= window // 2 else watch.at_break and left <= window
