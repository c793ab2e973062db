"""The catalogue: which books, whose, their size and checksum, and which only serve to measure."""

import csv
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from training.manifest import replace_file

CATALOGUE = Path(__file__).parent / "data" / "catalogue.csv"


class CatalogueBook(BaseModel):
    """`size` in bytes and `sha256` are those of the file as published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: Annotated[int, Field(gt=0)]
    title: str
    author: str
    collection: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    size: Annotated[int, Field(gt=0, alias="bytes")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    held_out: bool

    @property
    def file_name(self) -> str:
        title = "".join(char if char.isascii() and char.isalnum() else "_" for char in self.title)
        return f"pg{self.number}_{'_'.join(filter(None, title.split('_')))[:60]}.txt"


def read_catalogue(path: Path = CATALOGUE) -> list[CatalogueBook]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [CatalogueBook.model_validate(row) for row in csv.DictReader(lines)]


def write_catalogue(path: Path, books: Iterable[CatalogueBook]) -> None:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["number", "title", "author", "collection", "bytes", "sha256", "held_out"])
    for book in books:
        held_out = "true" if book.held_out else "false"
        row = [book.number, book.title, book.author, book.collection, book.size, book.sha256]
        writer.writerow([*row, held_out])
    replace_file(path, text.getvalue().encode())


def held_out_numbers(path: Path = CATALOGUE) -> frozenset[int]:
    return frozenset(book.number for book in read_catalogue(path) if book.held_out)
