"""Which stories had their quantum, and are to let others have their slot."""

from collections.abc import Callable

from services.worker.writing import Writing, Writings


class Quanta:
    def __init__(self, quantum: int) -> None:
        """`quantum`: in tokens; 0 is never."""
        self._quantum = quantum
        self._steps_left = 0
        """Before one of them can be due, since a step draws at most one token of each."""

    def due(self, writings: Writings, drawn: Callable[[str], int]) -> list[Writing]:
        """To be asked behind every step, each is named once a quantum. `drawn`: tokens of the
        story with this key.
        """
        self._steps_left -= 1
        if not self._quantum or self._steps_left > 0:
            return []
        every = [(each, drawn(each.story.key)) for each in writings.those()]
        due = [each for each, count in every if each.story.is_due(self._quantum, count)]
        left = (each.story.until_due(self._quantum, count) for each, count in every)
        self._steps_left = min(left, default=self._quantum)
        return due
