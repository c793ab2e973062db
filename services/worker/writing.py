"""A story that a waiting thread has handed to the engine's, and what became of it."""

import threading
from dataclasses import dataclass, field

from services.worker.story import Story
from services.worker.watching import StoryWatch
from shared.joblog import turns


@dataclass(frozen=True, slots=True)
class Abort:
    """The order to stop writing the story with this key."""

    key: str


@dataclass(eq=False, slots=True)
class Writing:
    story: Story
    watch: StoryWatch
    ended: threading.Event = field(default_factory=threading.Event)
    """Set once this worker has nothing more to do with it."""
    handed_on: turns.Answer = None
    """The claim of the story that has its slot."""
