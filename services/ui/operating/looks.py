"""What the Operations page remembers in a tab: how the service did in the last minutes."""

from dataclasses import dataclass, field

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


@dataclass(slots=True)
class OperatingState:
    looks: list[Look] = field(default_factory=list)
    """Oldest first."""
    trouble: ApiError | None = None
    """Why the last look saw nothing."""
    demonstrations: int = 0
    """How many were begun in this tab; the last one is shown."""

    @property
    def can_kill(self) -> bool:
        return bool(self.looks) and self.looks[-1].queue.can_kill

    def remember(self, look: Look) -> None:
        self.looks = [old for old in self.looks if look.at - old.at < KEPT_SECONDS] + [look]
        self.trouble = None
