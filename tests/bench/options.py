"""What a run of the bench is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    levels: Sequence[str]
    repeats: int
    seconds: float
    """Most that one measurement of an engine, a rate or a pace lasts."""
    tokens: int
    """Written by each stream."""
    streams: Sequence[int]
    readers: Sequence[int]
    workers: Sequence[int]
    out: Path
