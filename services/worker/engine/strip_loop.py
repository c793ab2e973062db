"""The loop for strips: LANES outputs each, input by input, which lie anywhere.

A single row goes through many at once: by two at a time each product would wait for the sum before
it.
"""

from dataclasses import dataclass
from typing import Any

from services.worker.engine.llvm import send_for
from services.worker.engine.processor import MOST_ROWS
from services.worker.engine.tile_loop import HALVES
from services.worker.engine.word_loop import WordLoop

STRIPS, MOST_STRIPS = len(HALVES), MOST_ROWS
"""That several rows, or one, go through at once: one then has as many sums as a tile has rows."""


@dataclass(frozen=True, slots=True)
class StripLoop(WordLoop):
    def send_ahead(self, index: Any) -> None:
        """For as much of each strip as is read of it."""
        for register in self.registers:
            send_for(self.builder, self.line(self.ahead, index, register))
