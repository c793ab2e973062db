"""Reads what people said of stories from the file that the service exports."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from shared.judgements import Comparison, Judgement, Rating

_LINE: TypeAdapter[Rating | Comparison] = TypeAdapter(Judgement)


def read_feedback(path: Path) -> Iterator[Rating | Comparison]:
    """Raises ValueError that names the line which cannot be read."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield _LINE.validate_json(line)
            except ValidationError as error:
                raise ValueError(f"{path}, line {number}: {error}") from error
