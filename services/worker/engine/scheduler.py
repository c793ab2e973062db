"""Decides which tokens of which sequences run in the next step, and in which slot.

Running sequences always decode; prefill shares what the token budget leaves, oldest first. What a
slot holds outlives its sequence: one that begins alike takes over that part instead of running it.
Knows nothing of the model.
"""

from collections import deque
from collections.abc import Sequence as Many
from dataclasses import dataclass

from services.worker.engine.runner import Chunk
from services.worker.engine.sequence import Sequence, alike


@dataclass(frozen=True, slots=True)
class Work:
    """The next `count` pending tokens of a sequence."""

    sequence: Sequence
    count: int

    @property
    def completes(self) -> bool:
        """Whether nothing is pending once it has run, so that the next token can be drawn. To be
        asked before.
        """
        return self.count == self.sequence.pending

    @property
    def chunk(self) -> Chunk:
        sequence = self.sequence
        assert sequence.slot is not None, "only sequences with a slot are scheduled"
        tokens = sequence.context[sequence.cached : sequence.cached + self.count].tolist()
        return Chunk(sequence.slot, sequence.cached, tokens, self.completes)


@dataclass(frozen=True, slots=True)
class Copy:
    """The first `count` positions of a slot that another one begins with."""

    source: int
    target: int
    count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Of one step: first the copies, in their order."""

    copies: Many[Copy]
    reading: Many[Work]
    """Parts of prompts."""
    decoding: Many[Work]

    @property
    def works(self) -> Many[Work]:
        """Prompts come first, and so do the first tokens behind them."""
        return [*self.reading, *self.decoding]


class Scheduler:
    """Sequences wait in order of arrival and keep their slot until they are removed."""

    def __init__(self, *, slots: int, prefill_token_budget: int) -> None:
        self._free = deque(range(slots))
        """The one that was left longest ago first."""
        self._holders: list[Sequence | None] = [None] * slots
        """Whose keys and values each slot has, also if that sequence has left."""
        self._budget = prefill_token_budget
        self._waiting: deque[Sequence] = deque()
        self._running: list[Sequence] = []

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

    def schedule(self) -> Plan:
        """At most `budget` tokens beside one for each decoding sequence."""
        copies = []
        while self._waiting and self._free:
            sequence = self._waiting.popleft()
            copies += self._give_slot(sequence)
            self._running.append(sequence)
        left = self._budget
        reading, decoding = [], []
        for sequence in self._running:
            if sequence.pending == 1:
                decoding.append(Work(sequence, 1))
            elif count := min(left, sequence.pending):
                reading.append(Work(sequence, count))
                left -= count
        return Plan(copies, reading, decoding)

    def _give_slot(self, sequence: Sequence) -> list[Copy]:
        shared = [0 if each is None else _shared(each, sequence) for each in self._holders]
        slot, most = self._free.popleft(), max(shared)
        source = slot if shared[slot] == most else shared.index(most)
        sequence.slot, sequence.cached = slot, most
        self._holders[slot] = sequence
        is_there = source == slot or not sequence.cached
        return [] if is_there else [Copy(source, slot, sequence.cached)]


def _shared(kept: Sequence, new: Sequence) -> int:
    """How many positions both begin with, and `new` may have: who asks must not be able to tell, by
    the time that it takes, what strangers wrote. The last token is run in any case, to draw behind.
    """
    count = alike(kept.context[: kept.cached], new.context[:-1])
    return count if kept.request.owner == new.request.owner else min(count, new.frame)
