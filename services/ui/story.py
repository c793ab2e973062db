"""What a reader knows of one story, as a value that grows event by event.

Knows neither where the events come from nor how they are shown.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from shared.client.errors import ApiError, StoryFailedError
from shared.events import (
    CancelledEvent,
    CheckpointEvent,
    DoneEvent,
    ErrorEvent,
    Event,
    QueuedEvent,
    ResumedEvent,
    StartedEvent,
    TokenEvent,
)
from shared.jobs import Eta, JobView, Pickup
from shared.schemas import FinishReason, JobStatus


class Phase(StrEnum):
    OPENING = "opening"
    QUEUED = "queued"
    WRITING = "writing"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    LOST = "lost"

    @property
    def is_final(self) -> bool:
        """Nothing more will come: the story has ended, or this reader has."""
        return self not in (Phase.OPENING, Phase.QUEUED, Phase.WRITING)


_PHASES = {JobStatus.SUCCEEDED: Phase.DONE, JobStatus.CANCELLED: Phase.STOPPED}


@dataclass(frozen=True, slots=True)
class Story:
    phase: Phase = Phase.OPENING
    text: str = ""
    tokens: int = 0
    position: int | None = None
    eta: Eta | None = None
    is_served: bool = True
    """Whether a live worker serves its model; else it waits for one."""
    pickups: tuple[Pickup, ...] = ()
    """What is known of other workers that went on with it, in their order."""
    finish_reason: FinishReason | None = None
    error: ApiError | None = None
    job: JobView | None = None
    """The job as the API last told it; its text may be older than `text`."""

    def after(self, event: Event) -> "Story":
        match event:
            case QueuedEvent():
                return replace(
                    self,
                    phase=Phase.QUEUED,
                    position=event.position,
                    eta=event.eta,
                    is_served=event.served,
                )
            case StartedEvent() | ResumedEvent():
                # A reader that was cut off meanwhile is told of a start where others saw a change.
                return replace(self._picked_up(), phase=Phase.WRITING)
            case TokenEvent():
                return replace(
                    self,
                    phase=Phase.WRITING,
                    text=self.text + event.text,
                    tokens=event.index,
                )
            case DoneEvent():
                return replace(self, phase=Phase.DONE, finish_reason=event.finish_reason)
            case CancelledEvent():
                return replace(self, phase=Phase.STOPPED)
            case ErrorEvent():
                error = StoryFailedError(event.code, event.detail)
                return replace(self, phase=Phase.FAILED, error=error)
            case CheckpointEvent():
                return self

    def _picked_up(self) -> "Story":
        if not self.tokens or self.is_resuming:
            return self
        return replace(
            self, pickups=(*self.pickups, Pickup(tokens=self.tokens, characters=len(self.text)))
        )

    @property
    def is_resuming(self) -> bool:
        """Another worker took over, and no token has come since."""
        return bool(self.pickups) and self.pickups[-1].tokens == self.tokens

    @classmethod
    def ended(cls, job: JobView) -> "Story":
        """The whole story, from a job that has come to its end."""
        return cls(
            phase=_PHASES.get(job.status, Phase.FAILED),
            text=job.text,
            tokens=job.usage.completion_tokens,
            pickups=tuple(job.pickups),
            finish_reason=job.finish_reason,
            error=StoryFailedError(job.error.code, job.error.detail) if job.error else None,
            job=job,
        )

    def reading(self, text: str) -> "Story":
        """With text that is known from elsewhere, ahead of the events."""
        phase = Phase.WRITING if text and self.phase is Phase.OPENING else self.phase
        return replace(self, phase=phase, text=text)

    def lost(self, error: ApiError) -> "Story":
        """The reader cannot go on; the story itself may."""
        return replace(self, phase=Phase.LOST, error=error)

    def told_by(self, job: JobView) -> "Story":
        """A reader that came later is told of earlier changes by nobody else."""
        return replace(self, job=job, pickups=max(self.pickups, tuple(job.pickups), key=len))

    @property
    def words(self) -> int:
        return len(self.text.split())

    @property
    def seconds(self) -> float | None:
        """From the first worker's start to the end, once the job is known to have both."""
        if self.job is None or self.job.started_at is None or self.job.ended_at is None:
            return None
        return self.job.ended_at - self.job.started_at

    @property
    def seed(self) -> int | None:
        return None if self.job is None else self.job.seed
