"""Text that comes piece by piece, broken between words. Pure."""

import re

from rich.cells import cell_len

_PARTS = re.compile(r"\n|[^\S\n]+|\S+")


class Prose:
    """Nothing is held back: a word that turns out to be too long for its line is taken from it."""

    def __init__(self, columns: int) -> None:
        self._columns = columns - 1
        """The last one is left free: a terminal whose line is full does not go back as far."""
        self._column = 0
        self._word = ""

    def take(self, text: str) -> str:
        """What is to be sent to a terminal to show this, too."""
        return "".join(self._shown(part) for part in _PARTS.findall(text))

    def _shown(self, part: str) -> str:
        if part.isspace():
            return self._break_or(part)
        begun, self._word = cell_len(self._word), self._word + part
        word = cell_len(self._word)
        if word > self._columns:  # of no line: the terminal breaks it
            self._column = (self._column + cell_len(part)) % self._columns
            return part
        if self._column - begun + word <= self._columns:
            self._column += cell_len(part)
            return part
        self._column = word
        return "\b" * begun + " " * begun + "\n" + self._word

    def _break_or(self, blank: str) -> str:
        self._word = ""
        self._column += cell_len(blank)
        if blank != "\n" and self._column < self._columns:
            return blank
        self._column = 0
        return "\n"
