"""Whether the words of a story may leave, in its text as it is written and as it is cut.

Knows nothing of tokens: `held_back` counts pieces, and each has a written and a shown text.
"""

from shared.content import ContentWatch


class Judge:
    """A stop string cuts a word that was harmless as it was written, so both texts are watched."""

    def __init__(self, before: str) -> None:
        self._written = ContentWatch()
        self._shown = ContentWatch()
        for watch in (self._written, self._shown):
            watch.prime(before)
        self._has_ended = False

    @property
    def is_ruled_out(self) -> bool:
        """What is written is judged as it comes, what a cut leaves of it once it is the end."""
        return self._shown.is_ruled_out if self._has_ended else self._written.is_ruled_out

    @property
    def held_back(self) -> int:
        """How many of the last pieces must not leave yet, or not at all."""
        if self._has_ended and not self.is_ruled_out:
            return 0
        return max(self._written.open_pieces, self._shown.open_pieces)

    def write(self, text: str) -> None:
        self._written.push(text)

    def show(self, text: str) -> None:
        """What a reader gets to see with the piece just written."""
        self._shown.push(text)

    def end(self) -> None:
        """Nothing follows what is shown."""
        self._has_ended = True
        self._shown.close()

    def acquit(self) -> None:
        """What there is so far has been told."""
        self._written.acquit()
        self._shown.acquit()
