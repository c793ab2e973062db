"""A story that a waiting thread has handed to the engine's, what became of it, and its steps."""

import threading
from dataclasses import dataclass, field

from services.worker.engine import StepOutput
from services.worker.story import Story
from services.worker.watching import StoryWatch
from shared.errors import ErrorCode
from shared.joblog import turns
from shared.metrics import Fate
from shared.schemas import FinishReason


@dataclass(frozen=True, slots=True)
class Abort:
    """The order to stop writing the story with this key."""

    key: str


@dataclass(slots=True)
class Step:
    """One step of all stories on its way into the log. Times are monotonic, in seconds."""

    began: float
    drawn: float = 0.0
    outputs: list[StepOutput] = field(default_factory=list)
    writers: list[str] = field(default_factory=list)
    """The key of the story that each command is of."""

    @property
    def tokens(self) -> list[StepOutput]:
        """The outputs that have one."""
        return [output for output in self.outputs if output.token is not None]

    @property
    def endings(self) -> list[tuple[str, Fate, str]]:
        """Key, fate and reason of each story that ended."""
        return [
            (output.id, Fate.FAILED, ErrorCode.GENERATION_FAILED)
            if output.finish_reason is FinishReason.ERROR
            else (output.id, Fate.SUCCEEDED, output.finish_reason)
            for output in self.outputs
            if output.finish_reason is not None
        ]


@dataclass(eq=False, slots=True)
class Writing:
    story: Story
    watch: StoryWatch
    ended: threading.Event = field(default_factory=threading.Event)
    """Set once this worker has nothing more to do with it."""
    handed_on: turns.Answer = None
    """The claim of the story that has its slot."""
