"""Reads texts from where they lie: raw books, JSON lines, parquet files and Arrow datasets."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import datasets

from training.preprocess.concatenation import tales_of
from training.preprocess.metadata import sections_of
from training.preprocess.normalisation import normalise
from training.preprocess.reading import read_book
from training.preprocess.whitespace import unwrapped
from training.tales import Split

FIELDS = ("text", "story", "paragraphs")


class NoTales(ValueError):
    """A path holds nothing that could be scored."""


def texts_of(paths: Iterable[Path]) -> Iterator[str]:
    """Every text below the paths. Raises ValueError for a file without texts that we know."""
    for path in paths:
        if path.suffix == ".txt":
            yield path.read_text(encoding="utf-8", errors="replace")
        elif path.is_dir() and not _is_dataset(path):
            yield from texts_of(sorted(p for p in path.iterdir() if p.is_dir() or _is_data(p)))
        else:
            yield from (_text_in(row, path) for row in _rows(path))


def books_of(path: Path, tell: Callable[[str], None]) -> dict[str, list[str]]:
    """Book by book the clean tales of a folder of raw books, or of prepared tales.

    A folder may hold `*.txt` as Project Gutenberg publishes them, at any depth; `tell` hears of
    those without a tale, which are left out. Of a prepared set with splits, only the books held
    out from training count.

    :raises NoTales: there is none, as in the file of held-out books where no book was held out.
    """
    books = dict[str, list[str]]()
    raw = sorted(path.rglob("*.txt")) if path.is_dir() else []
    for name, book in _named(raw, path):
        books[name] = list(_cleaned(book))
    if not raw:
        for row in _rows(path):
            if row.get("split", Split.HELD_OUT) == Split.HELD_OUT:
                books.setdefault(str(row.get("book", path.stem)), []).append(_text_in(row, path))
    if not any(books.values()):
        raise NoTales(f"{path} holds no tale that could be read")
    for name in [name for name, tales in books.items() if not tales]:
        tell(f"leaving out {name}, in which no tale was found")
        del books[name]
    return books


def _named(books: Sequence[Path], folder: Path) -> Iterator[tuple[str, Path]]:
    """Each under its file's name, or its path in the folder where several have that name."""
    counts = Counter(book.stem for book in books)
    for book in books:
        alone = counts[book.stem] == 1
        yield book.stem if alone else book.relative_to(folder).with_suffix("").as_posix(), book


def _cleaned(book: Path) -> Iterator[str]:
    """The tales of a raw book, as training's own preparation finds them."""
    sections = sections_of(normalise(read_book(book)))
    return (tale.text for tale in tales_of(map(unwrapped, sections)))


def _is_data(path: Path) -> bool:
    return path.suffix in (".txt", ".jsonl", ".parquet")


def _is_dataset(path: Path) -> bool:
    return (path / "state.json").is_file() or (path / "dataset_dict.json").is_file()


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    if path.suffix == ".jsonl":
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)
    elif path.suffix == ".parquet":
        yield from datasets.Dataset.from_parquet(str(path))
    else:
        stored = datasets.load_from_disk(str(path))
        parts = stored.values() if isinstance(stored, datasets.DatasetDict) else [stored]
        for part in parts:
            yield from part


def _text_in(row: Mapping[str, Any], path: Path) -> str:
    for name in FIELDS:
        if name in row:
            value = row[name]
            return value if isinstance(value, str) else "\n\n".join(value)
    raise ValueError(f"{path}: none of {', '.join(FIELDS)} in a row of {', '.join(row)}")
