"""Hashes of what has arrived, held against those that the service sends along. Pure."""

from shared.client.errors import ApiError, ClientCode, error_of
from shared.events import TokenEvent
from shared.hashes import StoryHashes
from shared.jobs import Receipt


class Proof:
    """Of a story from its first token on."""

    def __init__(self) -> None:
        self._hashes = StoryHashes()
        self._count = 0

    def add(self, token: TokenEvent) -> None:
        self._count = token.index
        self._hashes.add(token.text, token.ids)

    def require_text(self, sha256: str) -> None:
        """Raises BrokenStoryError if another text has this hash."""
        if self._hashes.text_sha256 != sha256:
            raise self._mismatch("text", "is not the text that was written")

    def require(self, receipt: Receipt) -> None:
        """Raises BrokenStoryError if it is not the receipt of this story."""
        self.require_text(receipt.text_sha256)
        if receipt.tokens_sha256 not in (None, self._hashes.tokens_sha256):
            raise self._mismatch("tokens", "are not the tokens that were written")

    def _mismatch(self, what: str, found: str) -> ApiError:
        detail = f"The {what} received up to token {self._count} {found}."
        return error_of(ClientCode.TEXT_MISMATCH, detail)
