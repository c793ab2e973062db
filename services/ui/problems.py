"""What can go wrong between the UI and the API, as one typed exception.

Knows the shape of an `application/problem+json` answer, not what any page shows of it.
"""

from enum import StrEnum

import httpx2
from pydantic import BaseModel, ValidationError

from shared.errors import ErrorCode

_TRANSIENT_STATUSES = frozenset({429, 500, 502, 503, 504})


class ClientCode(StrEnum):
    """Codes of errors that the client itself finds; the API's own are `shared.errors.ErrorCode`."""

    UNREACHABLE = "unreachable"
    DROPPED = "dropped"
    GAP = "gap"
    STALLED = "stalled"
    TEXT_MISMATCH = "text_mismatch"
    BAD_ANSWER = "bad_answer"
    INVALID_INPUT = "invalid_input"
    FORGOTTEN = "forgotten"


_TRANSIENT_CODES = frozenset({ClientCode.UNREACHABLE, ClientCode.DROPPED, ClientCode.GAP})


class FieldProblem(BaseModel):
    """One refused field of a request: its dotted path and why."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details, as far as the UI reads them; other members are ignored."""

    code: str
    title: str
    detail: str = ""
    errors: list[FieldProblem] = []


class ApiError(Exception):
    """The API refused, failed, or could not be reached. `status` is None when it never answered."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        status: int | None = None,
        fields: tuple[FieldProblem, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = status
        self.fields = fields
        self.retry_after = retry_after

    @property
    def is_transient(self) -> bool:
        """Whether the same call may well succeed a moment later."""
        return self.status in _TRANSIENT_STATUSES or self.code in _TRANSIENT_CODES


def unreachable(url: str, cause: httpx2.RequestError) -> ApiError:
    reason = str(cause) or type(cause).__name__
    detail = f"The API at {url.rstrip('/')} cannot be reached ({reason})."
    return ApiError(ClientCode.UNREACHABLE, detail)


def answered_problem(response: httpx2.Response) -> ApiError:
    """Read an error answer whose body has been read; a body of another kind is named as such."""
    retry_after = _seconds(response.headers.get("Retry-After"))
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        return ApiError(
            ClientCode.BAD_ANSWER,
            f"The API answered {response.status_code} without saying why.",
            status=response.status_code,
            retry_after=retry_after,
        )
    # The detail of refused fields says in one line what `errors` says field by field.
    detail = problem.title if problem.errors or not problem.detail else problem.detail
    if problem.code == ErrorCode.UNKNOWN_JOB:
        detail = "There is no such story."
    return ApiError(
        problem.code,
        detail,
        status=response.status_code,
        fields=tuple(problem.errors),
        retry_after=retry_after,
    )


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.isdecimal() else None
