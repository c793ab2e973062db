"""What a job looks like, and what proves it: the answers of the service.

What a caller may ask for is in `shared.schemas`.
"""

from pydantic import Field

from shared.contract import Contract
from shared.errors import ErrorCode
from shared.schemas import FinishReason, GenerateRequest, JobStatus

LONGEST_WAIT_SECONDS = 60
"""For which an answer may be waited for."""


class Usage(Contract):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Pickup(Contract):
    """Where another worker went on with a text: behind so many tokens and characters."""

    tokens: int
    characters: int


class Receipt(Contract):
    """Everything that the finished text depends on, and the text's own hash."""

    model: str
    model_sha256: str
    tokenizer_sha256: str
    template_version: str
    numeric_kind: str
    code_version: str
    seed: int
    content_list: str | None = Field(
        default=None,
        description='version of the list behind "avoid explicit content", if it was asked for',
    )
    text_sha256: str
    tokens_sha256: str | None = Field(
        default=None, description="of the token ids in order, as unsigned 32-bit little-endian"
    )


class Verification(Contract):
    """A story told again from what its receipt names, and whether it came out the same."""

    is_identical: bool
    first_difference: int | None = Field(
        default=None, description="index of the first token that differs"
    )
    tokens: int = Field(description="that were compared")
    told: Receipt
    retold: Receipt
    retold_by: str = Field(description="the job that told it again")


class Eta(Contract):
    """Seconds until the first token, as an interval."""

    p50: float
    p90: float


class Links(Contract):
    self: str
    events: str


class JobError(Contract):
    code: ErrorCode
    detail: str


class JobView(Contract):
    """A job as the API answers it."""

    id: str
    status: JobStatus
    text: str
    position: int | None = Field(
        default=None, description="jobs that run before this one; null once begun"
    )
    eta_seconds: Eta | None = None
    served: bool = Field(
        default=True,
        exclude_if=bool,
        description="false if it waits while no live worker serves its model",
    )
    attempts: int
    pickups: list[Pickup] = Field(
        default_factory=list, description="one for each attempt that found words of an earlier one"
    )
    usage: Usage
    finish_reason: FinishReason | None = None
    receipt: Receipt | None = None
    error: JobError | None = None
    request: GenerateRequest
    model: str
    seed: int
    created_at: float = Field(description="Unix time, seconds")
    started_at: float | None = None
    ended_at: float | None = None
    links: Links


class JobPage(Contract):
    """One page of the caller's jobs, newest first."""

    jobs: list[JobView]
    next_cursor: str | None = None
