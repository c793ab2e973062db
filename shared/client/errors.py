"""What can go wrong between a client and the service, as typed exceptions.

Knows the shape of an `application/problem+json` answer, not what anybody shows of it.
"""

import contextlib
from collections.abc import Iterator
from enum import StrEnum

import httpx2
from pydantic import BaseModel, ValidationError

from shared.errors import ErrorCode

_TRANSIENT_STATUSES = frozenset({429, 500, 502, 503, 504})


class ClientCode(StrEnum):
    """Codes of errors that a client itself finds; the service's own are `ErrorCode`."""

    UNREACHABLE = "unreachable"
    DROPPED = "dropped"
    GAP = "gap"
    STALLED = "stalled"
    TEXT_MISMATCH = "text_mismatch"
    BAD_ANSWER = "bad_answer"


_TRANSIENT_CODES = frozenset({ClientCode.UNREACHABLE, ClientCode.DROPPED, ClientCode.GAP})


class FieldProblem(BaseModel):
    """One refused field of a request: its dotted path and why."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details, as far as a client reads them; other members are ignored."""

    code: str
    title: str
    detail: str = ""
    errors: list[FieldProblem] = []


class ApiError(Exception):
    """The service refused, failed, or could not be reached.

    `code` is stable: an `ErrorCode` or a `ClientCode`. `status` is that of the answer; None if none
    came. `fields` names what was wrong in a request; `retry_after` is in seconds.
    """

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


class InvalidError(ApiError):
    """The request cannot be fulfilled as it is, whenever it is sent."""


class NotAdmittedError(ApiError):
    """Without a key, or with one that is not valid or does not allow this."""


class NotThereError(ApiError):
    """There is no such thing, or it is somebody else's, or it is no longer kept."""


class ConflictError(ApiError):
    """What is asked for does not fit to how things stand now."""


class OverLimitError(ApiError):
    """Too much was asked for; `retry_after` says when to come back."""


class UnavailableError(ApiError):
    """The service cannot do this now, or cannot be reached; later it may."""


class StoryFailedError(ApiError):
    """The story was accepted, and ended by an error of whatever code."""


class BrokenStoryError(ApiError):
    """What arrived is not what was written: tokens are missing, or the text has another hash."""


_KINDS: dict[type[ApiError], tuple[str, ...]] = {
    InvalidError: (
        ErrorCode.INVALID_REQUEST,
        ErrorCode.MALFORMED_BODY,
        ErrorCode.BODY_TOO_LARGE,
        ErrorCode.INVALID_CURSOR,
        ErrorCode.CONTEXT_EXCEEDED,
        ErrorCode.EXPLICIT_CONTENT,
        ErrorCode.TOO_MANY_TOKENS,
        ErrorCode.METHOD_NOT_ALLOWED,
    ),
    NotAdmittedError: (
        ErrorCode.KEY_REQUIRED,
        ErrorCode.KEY_INVALID,
        ErrorCode.SCOPE_MISSING,
        ErrorCode.STREAM_TOKEN_INVALID,
        ErrorCode.HOST_REFUSED,
        ErrorCode.ORIGIN_REFUSED,
        ErrorCode.NOT_IN_DEVELOPMENT,
    ),
    NotThereError: (
        ErrorCode.UNKNOWN_JOB,
        ErrorCode.UNKNOWN_STORY,
        ErrorCode.UNKNOWN_PASSAGE,
        ErrorCode.UNKNOWN_WORKER,
        ErrorCode.EVENTS_GONE,
        ErrorCode.NOT_FOUND,
        ErrorCode.NO_REPORT,
        ErrorCode.NO_OPINION,
        ErrorCode.MODEL_NOT_FOUND,
    ),
    ConflictError: (
        ErrorCode.UNFINISHED,
        ErrorCode.UNVERIFIABLE,
        ErrorCode.KEY_REUSED,
        ErrorCode.VERSION_REQUIRED,
        ErrorCode.VERSION_STALE,
    ),
    OverLimitError: (
        ErrorCode.TOO_MANY_REQUESTS,
        ErrorCode.TOO_MANY_JOBS,
        ErrorCode.TOO_MANY_STREAMS,
        ErrorCode.QUEUE_FULL,
    ),
    UnavailableError: (
        ErrorCode.MODEL_UNAVAILABLE,
        ErrorCode.STORE_UNAVAILABLE,
        ErrorCode.STREAMS_FULL,
        ErrorCode.SERVER_STOPPING,
        ErrorCode.SERVER_LEAVING,
        ErrorCode.LIBRARY_UNAVAILABLE,
        ErrorCode.LIBRARY_OUTDATED,
        ErrorCode.VERIFICATION_SLOW,
        ErrorCode.INTERNAL,
        ClientCode.UNREACHABLE,
        ClientCode.DROPPED,
        ClientCode.STALLED,
    ),
    StoryFailedError: (
        ErrorCode.TOO_MANY_ATTEMPTS,
        ErrorCode.EXPIRED,
        ErrorCode.CANCELLED,
        ErrorCode.GENERATION_FAILED,
    ),
    BrokenStoryError: (ClientCode.GAP, ClientCode.TEXT_MISMATCH),
}
_KIND_OF = {code: kind for kind, codes in _KINDS.items() for code in codes}


def error_of(
    code: str,
    detail: str,
    *,
    status: int | None = None,
    fields: tuple[FieldProblem, ...] = (),
    retry_after: float | None = None,
) -> ApiError:
    """Of the kind that the code has; a code that is not known here says less."""
    unknown = UnavailableError if status in _TRANSIENT_STATUSES else ApiError
    kind = _KIND_OF.get(code, unknown)
    return kind(code, detail, status=status, fields=fields, retry_after=retry_after)


@contextlib.contextmanager
def reaching(url: str) -> Iterator[None]:
    """What the network does not carry is raised as UnavailableError."""
    try:
        yield
    except httpx2.RequestError as cause:
        reason = str(cause) or type(cause).__name__
        detail = f"The API at {url.rstrip('/')} cannot be reached ({reason})."
        raise error_of(ClientCode.UNREACHABLE, detail) from cause


def foreign_answer(response: httpx2.Response) -> ApiError:
    """A page, say, where the API was looked for."""
    where = f"{response.url.scheme}://{response.url.netloc.decode()}"
    detail = f"No API answers at {where}, but something else does."
    return error_of(ClientCode.BAD_ANSWER, detail, status=response.status_code)


def is_json(response: httpx2.Response) -> bool:
    return "json" in response.headers.get("Content-Type", "")


def answered_problem(response: httpx2.Response) -> ApiError:
    """Read an error answer whose body has been read; a body of another kind is named as such."""
    retry_after = _seconds(response.headers.get("Retry-After"))
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        # What stands before the API may say in words of its own that it is away.
        if response.status_code not in _TRANSIENT_STATUSES and not is_json(response):
            return foreign_answer(response)
        return error_of(
            ClientCode.BAD_ANSWER,
            f"The API answered {response.status_code} without saying why.",
            status=response.status_code,
            retry_after=retry_after,
        )
    return error_of(
        problem.code,
        # The detail of refused fields says in one line what `errors` says field by field.
        problem.title if problem.errors or not problem.detail else problem.detail,
        status=response.status_code,
        fields=tuple(problem.errors),
        retry_after=retry_after,
    )


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.isdecimal() else None
