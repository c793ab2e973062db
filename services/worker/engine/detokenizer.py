"""Turns token ids into text, one at a time, without ever splitting a character.

Works on the bytes of byte-level BPE: O(1) a token. Knows nothing of stop strings.
"""

import codecs
from collections.abc import Sequence


class Detokenizer:
    """Text of one story. Bytes that are no UTF-8 become U+FFFD, as in `tokenizer.decode`."""

    def __init__(self, token_bytes: Sequence[bytes]) -> None:
        self._token_bytes = token_bytes
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def push(self, token: int) -> str:
        """The characters that this token completes; bytes of an unfinished one are kept."""
        return self._decoder.decode(self._token_bytes[token])


def token_bytes(symbols: Sequence[str | None]) -> list[bytes]:
    """The bytes that each vocabulary symbol stands for; None (an unused id) stands for none."""
    alphabet = _byte_alphabet()
    return [b"" if symbol is None else _symbol_bytes(symbol, alphabet) for symbol in symbols]


def _symbol_bytes(symbol: str, alphabet: dict[str, int]) -> bytes:
    """An added token may hold characters outside the alphabet: then it stands for itself."""
    if all(char in alphabet for char in symbol):
        return bytes(alphabet[char] for char in symbol)
    return symbol.encode()


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's alphabet: printable Latin-1 stands for itself, other bytes follow from U+0100."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    shifted = {chr(256 + index): byte for index, byte in enumerate(others)}
    return {chr(byte): byte for byte in printable} | shifted
