"""How the log is told of steps: held back for a moment, and answered one step later.

Knows neither the engine nor what the answers mean.
"""

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from services.worker.engine import StepOutput
from services.worker.patience import PatientLog
from services.worker.writing import Step, Writing, Writings
from shared.joblog import Command, Verdict


class Telling:
    def __init__(self, log: PatientLog, writings: Writings, *, interval: float) -> None:
        """`interval`: for how many seconds tokens are held back, to be told together. Not those
        that begin or end a story.
        """
        self._log = log
        self._writings = writings
        self._interval = interval
        self._due = 0.0
        """When what is held back is to be told, in seconds of the monotonic clock."""
        self._step_seconds = 0.0
        self._unanswered: deque[Step] = deque()

    @property
    def unanswered(self) -> int:
        """Steps that the log was told of and has not answered yet."""
        return len(self._unanswered)

    def tell(self, drawn: Iterable[Sequence[StepOutput]]) -> Step:
        """What was held back is on its way, if it is due, while this step is drawn."""
        step = self._send(lambda step: self._parts(step, drawn))
        self._step_seconds = step.told - step.began
        return step

    def tell_rest(self, of: Sequence[Writing]) -> None:
        """What was held back of these."""
        self._send(lambda step: iter([self._writings.rest(step, of)]))

    def answers(self) -> tuple[Step, list[Verdict]]:
        """To the earliest step that is not answered yet, of each command; none if leaving while
        Redis is away.
        """
        step = self._unanswered.popleft()
        return step, self._log.answers(len(step.writers))

    def _send(self, commands: Callable[[Step], Iterator[list[Command[Verdict]]]]) -> Step:
        step = Step(began=time.monotonic())
        self._log.send(commands(step))
        step.told = time.monotonic()
        if step.writers:
            self._unanswered.append(step)
        return step

    def _parts(
        self, step: Step, drawn: Iterable[Sequence[StepOutput]]
    ) -> Iterator[list[Command[Verdict]]]:
        # What a long step draws is not to wait for the end of another one.
        hold_back = self._step_seconds < self._interval
        parts = iter(drawn)
        ended_before = next(parts, ())
        # Now that all is computed, whoever is told takes no core from the engine's threads.
        if time.monotonic() >= self._due:
            yield self._writings.rest(step, self._writings.those())
            self._due = time.monotonic() + self._interval
        for outputs in itertools.chain([ended_before], parts):
            step.drawn += sum(output.token is not None for output in outputs)
            yield self._writings.record(step, outputs, hold_back=hold_back)
