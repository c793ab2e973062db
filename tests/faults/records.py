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
    finish_reason: str | None = None
    created_at: float = 0.0
    ended_at: float | None = None
    """Unix times, as the service tells them."""

    @property
    def is_cut(self) -> bool:
        """Whether it ended before its own end."""
        return self.status in {"cancelled", "expired"} or self.finish_reason == "deadline"


@dataclass(frozen=True, slots=True)
class CancelAnswer:
    """What the owner of a job was answered who asked for its end."""

    at: float
    code: int
    status: str
    """Of the job, as the answer says."""


@dataclass(slots=True)
class KeyedRequest:
    """A request that was sent more than once under one `Idempotency-Key`."""

    key: str
    tenant: str
    """Nobody else asks under this name."""
    job_ids: list[str] = field(default_factory=list)
    """Which job each answer named."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one answer of a completion gave as the text of one of its jobs."""

    job_id: str
    text: str
    is_whole: bool


@dataclass(slots=True)
class AcceptedJob:
    """A job that was answered with 202."""

    id: str
    story: int
    """Its number in the catalogue: the same number is the same request."""
    tenant: str
    accepted_at: float
    deadline: float | None = None
    """Seconds from its acceptance."""
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
    keyed: list[KeyedRequest] = field(default_factory=list)
    made: dict[str, int] = field(default_factory=dict)
    """By the tenant of a keyed request: how many jobs the service has of it."""
    said: list[Said] = field(default_factory=list)
    jobs_per_key: int = 0
    """Of one tenant at once; 0 is no limit."""
    turned_away: int = 0
    """How often it was 429."""
    surprises: list[str] = field(default_factory=list)
    """Answers that no caller should get."""
    leaks: list[str] = field(default_factory=list)
    """What was still there when all was over."""
