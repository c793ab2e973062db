"""Step 1, reading: bytes to text with plain line ends. Changes no character of the text."""

from pathlib import Path

from training.preprocess.records import Book


def read_book(path: Path) -> Book:
    return Book(path.stem, path.parent.name, plain_lines(decode(path.read_bytes())))


def decode(raw: bytes) -> str:
    """Old files are cp1252, whatever their header says; newer ones are UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
