"""The job log for a thread that may wait for Redis, as long as nobody asks it to leave."""

import collections
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from shared.errors import StoreUnavailableError
from shared.joblog import Command, JobLog

T = TypeVar("T")
RETRY_SECONDS = 0.2


class PatientLog:
    def __init__(
        self, joblog: JobLog, *, leaving: threading.Event, on_wait: Callable[[], None]
    ) -> None:
        """`on_wait` is called each time that Redis is away."""
        self._joblog = joblog
        self._leaving = leaving
        self._on_wait = on_wait

    def run_in_parts(self, parts: Iterable[Sequence[Command[T]]]) -> list[T]:
        """As `run_all`; every part is made, whatever becomes of those before."""
        batch: list[Command[T]] = []
        made = _noted(parts, batch)
        try:
            return self._joblog.run_in_parts(made)
        except StoreUnavailableError:
            self._on_wait()
            collections.deque(made, maxlen=0)
            return self.run_all(batch)

    def run_all(self, batch: Sequence[Command[T]]) -> list[T]:
        """Send until Redis takes it; a repeated append is recognised there. Empty if leaving."""
        while batch:
            try:
                return self._joblog.run_all(batch)
            except StoreUnavailableError:
                self._on_wait()
                if self._leaving.wait(RETRY_SECONDS):
                    return []
        return []


def _noted(
    parts: Iterable[Sequence[Command[T]]], batch: list[Command[T]]
) -> Iterator[Sequence[Command[T]]]:
    for part in parts:
        batch += part
        yield part
