"""Every error that the service reports, each with one stable code.

The code is the same in an HTTP problem, in an SSE `error` event and in a metric label. Services
raise these; only the API's renderer knows HTTP.
"""

from enum import StrEnum
from typing import ClassVar


class ErrorCode(StrEnum):
    INVALID_REQUEST = "invalid_request"
    MALFORMED_BODY = "malformed_body"
    BODY_TOO_LARGE = "body_too_large"
    KEY_REQUIRED = "key_required"
    KEY_INVALID = "key_invalid"
    SCOPE_MISSING = "scope_missing"
    STREAM_TOKEN_INVALID = "stream_token_invalid"
    HOST_REFUSED = "host_refused"
    ORIGIN_REFUSED = "origin_refused"
    TOO_MANY_TOKENS = "too_many_tokens"
    TOO_MANY_REQUESTS = "too_many_requests"
    TOO_MANY_JOBS = "too_many_jobs"
    TOO_MANY_STREAMS = "too_many_streams"
    QUEUE_FULL = "queue_full"
    STREAMS_FULL = "streams_full"
    INVALID_CURSOR = "invalid_cursor"
    UNKNOWN_JOB = "unknown_job"
    EVENTS_GONE = "events_gone"
    UNKNOWN_STORY = "unknown_story"
    UNKNOWN_PASSAGE = "unknown_passage"
    UNFINISHED = "unfinished"
    KEY_REUSED = "idempotency_key_reused"
    VERSION_REQUIRED = "version_required"
    VERSION_STALE = "version_stale"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    UNKNOWN_WORKER = "unknown_worker"
    NOT_IN_DEVELOPMENT = "not_in_development"
    NO_REPORT = "no_report"
    NO_OPINION = "no_opinion"
    CONTEXT_EXCEEDED = "context_exceeded"
    EXPLICIT_CONTENT = "explicit_content"
    MODEL_UNAVAILABLE = "model_unavailable"
    MODEL_NOT_FOUND = "model_not_found"
    STORE_UNAVAILABLE = "store_unavailable"
    SERVER_STOPPING = "server_stopping"
    SERVER_LEAVING = "server_leaving"
    LIBRARY_UNAVAILABLE = "library_unavailable"
    LIBRARY_OUTDATED = "library_outdated"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNVERIFIABLE = "unverifiable"
    VERIFICATION_SLOW = "verification_slow"
    GENERATION_FAILED = "generation_failed"
    INTERNAL = "internal"


class ServiceError(Exception):
    """Base of every error with a stable code. `detail` is shown to callers: no secrets in it."""

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on our side"
    retry_after: int | None = None
    """Seconds after which the same may succeed."""

    def __init__(self, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if retry_after is not None:
            self.retry_after = retry_after


class InvalidRequestError(ServiceError):
    code = ErrorCode.INVALID_REQUEST
    status = 422
    title = "The request is not valid"


class MalformedBodyError(ServiceError):
    code = ErrorCode.MALFORMED_BODY
    status = 400
    title = "The body is not JSON in UTF-8"


class BodyTooLargeError(ServiceError):
    code = ErrorCode.BODY_TOO_LARGE
    status = 413
    title = "The body is too large"


class InvalidCursorError(ServiceError):
    code = ErrorCode.INVALID_CURSOR
    status = 400
    title = "The cursor is not valid"


class UnknownJobError(ServiceError):
    code = ErrorCode.UNKNOWN_JOB
    status = 404
    title = "No such job"


class EventsGoneError(ServiceError):
    code = ErrorCode.EVENTS_GONE
    status = 410
    title = "The events of this job are no longer known"


class UnknownStoryError(ServiceError):
    code = ErrorCode.UNKNOWN_STORY
    status = 404
    title = "No such story"


class UnknownPassageError(ServiceError):
    code = ErrorCode.UNKNOWN_PASSAGE
    status = 404
    title = "No such passage"


class UnfinishedError(ServiceError):
    code = ErrorCode.UNFINISHED
    status = 409
    title = "It is still being written"


class KeyReusedError(ServiceError):
    code = ErrorCode.KEY_REUSED
    status = 409
    title = "This Idempotency-Key was sent with another request"


class VersionRequiredError(ServiceError):
    code = ErrorCode.VERSION_REQUIRED
    status = 428
    title = "A change must name the version that it changes"


class VersionStaleError(ServiceError):
    code = ErrorCode.VERSION_STALE
    status = 412
    title = "The story has been changed since you read it"


class UnknownWorkerError(ServiceError):
    code = ErrorCode.UNKNOWN_WORKER
    status = 404
    title = "No such worker"


class NotInDevelopmentError(ServiceError):
    code = ErrorCode.NOT_IN_DEVELOPMENT
    status = 403
    title = "This is offered in development only"


class NoReportError(ServiceError):
    code = ErrorCode.NO_REPORT
    status = 404
    title = "This model has no evaluation report"


class NoOpinionError(ServiceError):
    code = ErrorCode.NO_OPINION
    status = 404
    title = "You have said nothing of this"


class ContextExceededError(ServiceError):
    code = ErrorCode.CONTEXT_EXCEEDED
    status = 422
    title = "The story does not fit into the model's context"


class ExplicitContentError(ServiceError):
    code = ErrorCode.EXPLICIT_CONTENT
    status = 422
    title = "The request asks for what it rules out"


class ModelUnavailableError(ServiceError):
    code = ErrorCode.MODEL_UNAVAILABLE
    status = 503
    title = "No live worker serves this model"
    retry_after = 5


class StoreUnavailableError(ServiceError):
    code = ErrorCode.STORE_UNAVAILABLE
    status = 503
    title = "The job store cannot be reached"
    retry_after = 2


class LibraryUnavailableError(ServiceError):
    code = ErrorCode.LIBRARY_UNAVAILABLE
    status = 503
    title = "The library cannot be reached"
    retry_after = 2


class LibraryOutdatedError(LibraryUnavailableError):
    code = ErrorCode.LIBRARY_OUTDATED
    title = "The library's database is older than this version"


class DamagedRecordError(ServiceError):
    """What Redis holds of a job is not what was written there: it is written anew."""

    code = ErrorCode.STORE_UNAVAILABLE
    status = 503
    title = "What is kept of this job is damaged"
    retry_after = 2


class UnverifiableError(ServiceError):
    code = ErrorCode.UNVERIFIABLE
    status = 409
    title = "This story has no receipt to be verified by"


class VerificationSlowError(ServiceError):
    code = ErrorCode.VERIFICATION_SLOW
    status = 503
    title = "The story was not told again in time"
    retry_after = 10


class GenerationFailedError(ServiceError):
    code = ErrorCode.GENERATION_FAILED
    title = "The story could not be written"


class ModelLoadError(ServiceError):
    """The model directory is missing, incomplete or not GPT-2: the worker cannot start."""

    code = ErrorCode.MODEL_UNAVAILABLE
    title = "The model cannot be loaded"
