"""Recognises the catalogue's books in a local folder, whatever its sub-folders are called."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from training.catalogue import CatalogueBook
from training.manifest import sha256

NUMBER = re.compile(r"(?:pg)?(\d+)(?:\D|$)")
NO_FOLDER = "others"

LocalBook = tuple[Path, CatalogueBook | None, str, str]
"""The file, the book that it is, and under which collection and name it is to be kept."""


def local_books(folder: Path, books: Sequence[CatalogueBook]) -> Iterator[LocalBook]:
    by_sum = {book.sha256: book for book in books}
    by_number = {book.number: book for book in books}
    for path in sorted(folder.rglob("*.txt")):
        book = by_sum.get(sha256(path)) or by_number.get(number_in(path.name) or 0)
        if book:
            yield path, book, book.collection, book.file_name
        else:
            collection = path.parent.name if path.parent != folder else NO_FOLDER
            yield path, None, collection, path.name


def number_in(name: str) -> int | None:
    """`pg503_The_Blue_Fairy_Book.txt`, `503.txt` and `503-0.txt` are number 503."""
    match = NUMBER.match(name)
    return int(match.group(1)) if match else None
