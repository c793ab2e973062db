"""What the job log answers, as typed values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.events import CheckpointEvent, DoneEvent, TerminalEvent, TokenEvent
from shared.jobspec import JobSpec
from shared.schemas import JobStatus, Priority


class Verdict(StrEnum):
    """What became of an append or a finish."""

    OK = "ok"
    REPEATED = "repeated"
    """The log holds it already: harmless, the caller's first try had arrived."""
    GAP = "gap"
    STALE = "stale"
    """The caller is not, or no longer, the owner; nothing was written."""
    DAMAGED = "damaged"
    """The record or the log is not what it should be; nothing was written."""


class Cancellation(StrEnum):
    CANCELLED = "cancelled"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Job:
    """A job's record at one moment."""

    id: str
    tenant: str
    model: str
    priority: Priority
    status: JobStatus
    epoch: int
    """Grows with every claim; an owner may write under its own epoch only."""
    attempts: int
    """How often the job was claimed since Redis knows it."""
    owner: str
    count: int
    """Tokens in the log."""
    prompt_tokens: int
    spec: JobSpec
    sequence: int
    created_at: float
    started_at: float | None
    ended_at: float | None
    ending: TerminalEvent | None
    payer: str = ""
    """Whom its tokens are charged to."""
    traceparent: str = ""
    """W3C trace context of the request that made the job; empty if it is not traced."""
    pickups: tuple[int, ...] = ()
    """How many tokens there were at each claim after the first, but for those behind a quantum."""
    late_ending: DoneEvent | None = None
    """How its last owner wants it to end if its deadline passes while nobody writes it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that now belongs to the claiming worker."""

    job_id: str
    epoch: int
    spec: JobSpec
    numeric_kind: str
    """Whose arithmetic wrote the story so far; "mixed" if its owners' kinds differ."""
    traceparent: str = ""
    """W3C trace context of the request that made the job; empty if it is not traced."""
    age_seconds: float = 0.0
    """Since the job was accepted, by Redis' clock."""
    attempt: int = 1
    """How often the job was claimed, this time included."""
    seconds_left: float | None = None
    """To the job's deadline, if it has one."""
    is_first: bool = True
    """Nobody has had it before."""
    worker: str = ""
    """Whose it is."""
    count: int = 0
    """Tokens in the log, as the record says."""
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class LogEntry:
    token: TokenEvent
    checkpoint: CheckpointEvent | None


@dataclass(frozen=True, slots=True)
class Reaped:
    job_id: str
    model: str
    status: JobStatus


@dataclass(frozen=True, slots=True)
class EndedEntry:
    """Says that a job has ended; handed out again until it is acknowledged."""

    entry_id: str
    job_id: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much there is to do for a model."""

    depth: Mapping[Priority, int]
    oldest_age_seconds: float | None
    running: int
    outstanding_tokens: int
    """At most: a story may end before its limit."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Sums over a model's finished stories, for estimates of how long the next one takes."""

    stories: int
    sized: int = 0
    """Of how many the following is known."""
    shares: int = 0
    """Of its budget that each has used, in thousandths."""
    shares_squared: int = 0
    paces: int = 0
    """How often the following was measured; of very often, as often as it is remembered."""
    pace: float = 0.0
    """Tokens a second of a slot while all are in use; 0 while that was not measured."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a job stands in its queue, if no more come."""

    position: int
    """Jobs that are taken up before this one."""
    tokens: int
    """That those write before this one begins."""
    left: Sequence[int]
    """Tokens that each running story writes before it makes room; of very many, of some."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """When a job was to have its first token, in seconds from its acceptance.

    The raw interval is the model's of the queue, the other one what its caller was told.
    """

    before: int
    """Jobs that were running or to be taken up before it."""
    raw_p50: float
    raw_p90: float
    p50: float
    p90: float

    def __str__(self) -> str:
        numbers = (self.raw_p50, self.raw_p90, self.p50, self.p90)
        return " ".join([str(self.before), *(f"{each:.6f}" for each in numbers)])


@dataclass(frozen=True, slots=True)
class Estimated:
    """What was foretold of a job, and how it came."""

    foretold: Foretold
    seconds: float
    """From acceptance to the first token."""
