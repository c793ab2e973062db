"""Decides which tokens of which sequences run in the next step.

Running sequences always decode; prefill shares what the token budget leaves, oldest first. Knows
nothing of the model.
"""

from collections import deque
from dataclasses import dataclass

from services.worker.engine.sequence import Sequence


@dataclass(frozen=True, slots=True)
class Work:
    """The next `count` pending tokens of a sequence."""

    sequence: Sequence
    count: int

    @property
    def completes(self) -> bool:
        """Whether nothing is pending afterwards, so that the next token can be drawn."""
        return self.count == self.sequence.pending


class Scheduler:
    """Sequences wait in order of arrival and keep their slot until they are removed."""

    def __init__(self, *, slots: int, prefill_token_budget: int) -> None:
        self._free = list(reversed(range(slots)))
        self._budget = prefill_token_budget
        self._waiting: deque[Sequence] = deque()
        self._running: list[Sequence] = []

    @property
    def has_work(self) -> bool:
        return bool(self._waiting or self._running)

    @property
    def free_slots(self) -> int:
        """Slots that no sequence has and none waits for."""
        return max(0, len(self._free) - len(self._waiting))

    def add(self, sequence: Sequence) -> None:
        self._waiting.append(sequence)

    def remove(self, sequence: Sequence) -> None:
        """Forget the sequence and free its slot at once."""
        if sequence.slot is None:
            self._waiting.remove(sequence)
            return
        self._running.remove(sequence)
        self._free.append(sequence.slot)
        sequence.slot = None

    def schedule(self) -> list[Work]:
        """The work of one step; at most `budget` tokens beside one for each decoding sequence."""
        while self._waiting and self._free:
            sequence = self._waiting.popleft()
            sequence.slot = self._free.pop()
            self._running.append(sequence)
        left = self._budget
        work = []
        for sequence in self._running:
            count = 1 if sequence.pending == 1 else min(left, sequence.pending)
            if sequence.pending > 1:
                left -= count
            if count:
                work.append(Work(sequence, count))
        return work
