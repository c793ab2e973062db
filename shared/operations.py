"""How the service is doing, in the words in which it tells it."""

from pydantic import Field

from shared.contract import Contract
from shared.jobs import Eta


class WorkerInfo(Contract):
    """How a worker registers itself with every heartbeat."""

    id: str
    model: str
    model_sha256: str
    numeric_kind: str
    context_length: int
    slots: int
    running: int
    tokens_per_second: float


class WorkerList(Contract):
    workers: list[WorkerInfo]


class Depth(Contract):
    """Waiting jobs by class."""

    interactive: int
    batch: int


class Delay(Contract):
    """Seconds, measured on the last stories; half, and all but a twentieth, took no longer."""

    p50: float
    p95: float
    stories: int


class Calibration(Contract):
    """How often the last stories had their first token within what was foretold."""

    stories: int
    within_p50: float
    within_p90: float


class QueueView(Contract):
    """The queue of one model."""

    model: str
    depth: Depth
    oldest_age_seconds: float | None
    running: int
    slots: int
    workers: list[WorkerInfo]
    position: int | None = Field(
        default=None, description="stories that run before one that somebody new asked for now"
    )
    eta_seconds: Eta | None = Field(description="of a story that somebody new asked for now")
    calibration: Calibration | None = Field(
        default=None, description="of the intervals; null while none was put to the test"
    )
    first_token_seconds: Delay | None = Field(
        default=None, description="from acceptance to the first token; null while none is measured"
    )
    can_kill: bool = Field(
        default=False, description="development mode: a worker may be ended on request"
    )
