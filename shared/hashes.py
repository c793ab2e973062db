"""What receipts and checkpoints say of a story: running hashes of its text and of its token ids."""

import hashlib
import struct
from collections.abc import Sequence


class StoryHashes:
    def __init__(self) -> None:
        self._text = hashlib.sha256()
        self._ids = hashlib.sha256()

    def add(self, text: str, ids: Sequence[int]) -> None:
        self._text.update(text.encode())
        self._ids.update(struct.pack(f"<{len(ids)}I", *ids))

    @property
    def text_sha256(self) -> str:
        return self._text.hexdigest()

    @property
    def tokens_sha256(self) -> str:
        return self._ids.hexdigest()
