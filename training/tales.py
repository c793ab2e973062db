"""The tale: what the training steps hand on to each other, and its file form (JSON lines)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path


class Split(StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"
    HELD_OUT = "held-out-books"


@dataclass(frozen=True, slots=True)
class Tale:
    book: str
    collection: str
    title: str
    paragraphs: list[str]
    chapter: bool
    """Part of a longer work: it neither begins nor ends like a tale."""

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)


def write_tales(path: Path, tales: Iterable[Tale]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        for tale in tales:
            out.write(json.dumps(asdict(tale), ensure_ascii=False) + "\n")


def read_tales(path: Path) -> Iterator[Tale]:
    """What a line holds beyond a tale, such as its split, is passed over."""
    names = [field.name for field in fields(Tale)]
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield Tale(**{name: row[name] for name in names})
