"""The job log for a thread that may wait for Redis, as long as nobody asks it to leave."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

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
        self._pipeline = joblog.pipeline()
        self._is_broken = False
        self._sent: deque[Command[Any]] = deque()
        """And not answered yet, or not even sent if the pipeline is broken."""
        self._answered: deque[Any] = deque()
        """And not asked for yet."""

    def send(self, parts: Iterable[Sequence[Command[Any]]]) -> None:
        """Each part is on its way while the next one is made. All are made, whatever becomes of
        those before.
        """
        for part in parts:
            self._sent += part
            if not self._is_broken:
                try:
                    self._pipeline.send(part)
                except StoreUnavailableError:
                    self._is_broken = True

    def answers(self, count: int) -> list[Any]:
        """To so many that were sent, the earliest of those that were not asked for. Empty if
        leaving while Redis is away.
        """
        if not self._answered and not self._is_broken:
            try:
                found = self._pipeline.answers(min(count, len(self._sent)))
            except StoreUnavailableError:
                self._is_broken = True
            else:
                for _ in found:
                    self._sent.popleft()
                return found
        if self._is_broken:
            self._send_again()
        return [self._answered.popleft() for _ in range(min(count, len(self._answered)))]

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

    def _send_again(self) -> None:
        """In their order, all of which nobody knows what became of them."""
        self._on_wait()
        self._answered += self.run_all(list(self._sent))
        self._sent.clear()
        self._is_broken = False
