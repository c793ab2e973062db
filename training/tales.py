"""The tale: what the training steps hand on to each other, and its file form (JSON lines)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


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
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield Tale(**json.loads(line))
