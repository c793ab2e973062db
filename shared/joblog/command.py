"""What can be sent to Redis, complete and with the way to read its answer. Knows no key."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Word = str | int | float


@dataclass(frozen=True, slots=True)
class Command(Generic[T]):
    words: tuple[Word, ...]
    parse: Callable[[Any], T]
