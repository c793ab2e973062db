"""What the Operations page remembers in a tab: how the service did in the last minutes.

Which demonstration is shown is not here: the address bar names it.
"""

from dataclasses import dataclass, field

from services.ui.clicks import Shown
from shared.client.errors import ApiError
from shared.operations import QueueView, WorkerInfo

KEPT_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Look:
    """The service at one moment (monotonic seconds)."""

    at: float
    queue: QueueView
    workers: list[WorkerInfo]

    @property
    def waiting(self) -> int:
        return self.queue.depth.interactive + self.queue.depth.batch

    @property
    def tokens_per_second(self) -> float:
        """A worker without a story still tells how fast it last was; now it writes nothing."""
        return sum(worker.tokens_per_second for worker in self.workers if worker.running)

    @property
    def running(self) -> int:
        return sum(worker.running for worker in self.workers)

    @property
    def slots(self) -> int:
        return sum(worker.slots for worker in self.workers)


@dataclass(frozen=True, slots=True)
class Begun:
    """A demonstration that was begun here."""

    demonstration_id: str
    shown: Shown = field(default_factory=Shown)


@dataclass(slots=True)
class OperatingState:
    looks: list[Look] = field(default_factory=list)
    """Oldest first."""
    trouble: ApiError | None = None
    """Why the last look saw nothing."""
    begun: Begun | None = None
    """The last demonstration of this tab."""

    @property
    def can_kill(self) -> bool:
        return bool(self.looks) and self.looks[-1].queue.can_kill

    def remember(self, look: Look) -> None:
        self.looks = [old for old in self.looks if look.at - old.at < KEPT_SECONDS] + [look]
        self.trouble = None
