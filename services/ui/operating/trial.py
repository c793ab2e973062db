"""What is known of a demonstration: one story written twice, the second time with a kill.

A value that grows event by event. Knows neither where the events come from nor how it is shown.
"""

import hashlib
from dataclasses import dataclass, field, replace

from services.ui.story import Phase, Story
from shared.client.errors import ApiError
from shared.events import Event, ResumedEvent, StartedEvent, TokenEvent


@dataclass(frozen=True, slots=True)
class Pickup:
    """Another process went on with the story, `seconds` after its last token before."""

    characters: int
    words: int
    seconds: float
    attempt: int
    worker: str | None = None
    """None if the story ended before one could ask."""


@dataclass(frozen=True, slots=True)
class Trial:
    peaceful: Story = field(default_factory=Story)
    retold: Story | None = None
    worker: str | None = None
    """Who writes the second telling, at first."""
    is_killed: bool = False
    """The worker was told to die; its next heartbeat does it."""
    wrote_at: float = 0.0
    """When the second telling's last token came (monotonic seconds)."""
    pickup: Pickup | None = None
    error: ApiError | None = None

    @property
    def is_over(self) -> bool:
        return self.error is not None or (self.retold is not None and self.retold.phase.is_final)

    @property
    def wants_kill(self) -> bool:
        """The second telling is a third done, and its worker is known and lives."""
        return (
            self.retold is not None
            and self.worker is not None
            and not self.is_killed
            and 3 * self.retold.tokens >= self.peaceful.tokens
        )

    @property
    def hashes(self) -> tuple[str, str]:
        """SHA-256 of the second telling so far, and of as much of the first."""
        text = self.retold.text if self.retold else ""
        return sha256(text), sha256(self.peaceful.text[: len(text)])

    @property
    def is_same(self) -> bool:
        """So far; at the end, with nothing left over on either side."""
        text = self.retold.text if self.retold else ""
        is_whole = self.retold is not None and self.retold.phase is Phase.DONE
        return text == (self.peaceful.text if is_whole else self.peaceful.text[: len(text)])

    def after_peaceful(self, event: Event) -> "Trial":
        return replace(self, peaceful=self.peaceful.after(event))

    def after_retold(self, event: Event, *, at: float) -> "Trial":
        retold = (self.retold or Story()).after(event)
        trial = replace(self, retold=retold)
        match event:
            case TokenEvent():
                return replace(trial, wrote_at=at)
            case StartedEvent() | ResumedEvent() if self.is_killed:
                worker = event.worker if isinstance(event, StartedEvent) else None
                seconds = at - self.wrote_at
                pickup = Pickup(len(retold.text), retold.words, seconds, event.attempt, worker)
                return replace(trial, pickup=pickup)
            case StartedEvent():
                return replace(trial, worker=event.worker)
        return trial


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
