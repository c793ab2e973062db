"""What the steps hand on to each other, and its file form (JSON lines)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from training.tales import Tale


@dataclass(frozen=True, slots=True)
class Book:
    """A file as text; after the licence is gone, the book in it."""

    name: str
    collection: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading: blocks of lines, or paragraphs once they are unwrapped."""

    book: str
    collection: str
    title: str
    blocks: list[str]


@dataclass(frozen=True, slots=True)
class ChosenTale(Tale):
    readability: float
    """Lower is plainer: about 2 for a nursery tale, above 5 for a difficult one."""
    plain: bool
    """Little verse, dialect, archaism, digits and foreign letters."""
    split: str
    cluster: int
    """Equal for tales that tell the same story: reprints and other translations."""


RecordT = TypeVar("RecordT", Book, Section, Tale, ChosenTale)


def write_records(path: Path, records: Iterable[RecordT]) -> int:
    """Return how many there were."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for count, record in enumerate(records, start=1):  # noqa: B007
            out.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
    return count


def read_records(path: Path, kind: type[RecordT]) -> Iterator[RecordT]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield kind(**json.loads(line))
