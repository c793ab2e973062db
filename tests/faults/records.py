"""What is written down while the service is attacked. Knows neither processes nor rules.

Times are the recorder's own monotonic seconds, so no clock that a fault shifts is among them.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Delivery:
    """One `token` event as a reader got it."""

    at: float
    index: int
    count: int
    """Tokens that it carries."""
    text: str


@dataclass(frozen=True, slots=True)
class Ending:
    """One terminal event as a reader got it."""

    at: float
    kind: str
    said: str = "{}"
    """All that it says."""
    cookie: str = ""
    """What its stream brought for the next one, if it began at the ending."""


@dataclass(slots=True)
class Reading:
    """All that one reader was told of one story, over all its connections."""

    job_id: str
    reader: str
    deliveries: list[Delivery] = field(default_factory=list)
    checkpoints: list[tuple[int, str]] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    afterwards: list[str] = field(default_factory=list)
    """What was told where an ending should have been the last."""
    let_go_at: float | None = None
    """When the answer was that there is no more."""
    connections: int = 0
    surprises: list[str] = field(default_factory=list)
    """Answers and events that the contract does not know."""

    @property
    def cursor(self) -> int:
        return self.deliveries[-1].index if self.deliveries else 0

    @property
    def ended_at(self) -> float | None:
        return self.endings[0].at if self.endings else None

    @property
    def text(self) -> str:
        return "".join(delivery.text for delivery in self.deliveries)


@dataclass(frozen=True, slots=True)
class Stored:
    """A job as the service keeps it, in Redis or in the library."""

    status: str
    text: str
    tokens: int
    attempts: int


@dataclass(frozen=True, slots=True)
class CancelAnswer:
    """What the owner of a job was answered who asked for its end."""

    at: float
    code: int
    status: str
    """Of the job, as the answer says."""


@dataclass(slots=True)
class AcceptedJob:
    """A job that was answered with 202."""

    id: str
    story: int
    """Its number in the catalogue: the same number is the same request."""
    tenant: str
    accepted_at: float
    cancelled: bool = False
    """Whether its owner asked for that, in whatever moment."""
    cancel_answer: CancelAnswer | None = None
    """None until it was answered with what has become of the job."""
    ended_at: float | None = None
    endings: int = 0
    """How often the service told its archive that the job has ended.

    The most often between two times that Redis was emptied: what it forgot may end anew.
    """
    live: Stored | None = None
    archived: Stored | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A worker says that a job is its own from now on."""

    job_id: str
    epoch: int
    owner: str
    """One run of one worker: a restarted one is somebody else."""


@dataclass(slots=True)
class Occurrence:
    """One fault, as it happened."""

    fault: str
    began: float
    ended: float | None = None
    target: str = ""
    touches_writing: bool = False
    """Whether it can cost a worker its hold of a story."""


@dataclass(slots=True)
class History:
    """Everything about one seed's run."""

    seed: int
    undisturbed: list[str]
    """By the story's number: the text when nothing happens to anybody."""
    jobs: dict[str, AcceptedJob] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)
    claims: list[Claimed] = field(default_factory=list)
    occurrences: list[Occurrence] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    """Answers that no caller should get."""
    leaks: list[str] = field(default_factory=list)
    """What was still there when all was over."""
