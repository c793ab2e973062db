"""Whom the service turns away: without a key, as a foreign page, with too much at once, or as it is
about to stop.
"""

from shared.errors import ErrorCode, ServiceError


class KeyRequiredError(ServiceError):
    code = ErrorCode.KEY_REQUIRED
    status = 401
    title = "A key is needed"


class KeyInvalidError(ServiceError):
    code = ErrorCode.KEY_INVALID
    status = 401
    title = "The key is not valid"


class ScopeMissingError(ServiceError):
    code = ErrorCode.SCOPE_MISSING
    status = 403
    title = "The key does not allow this"


class StreamTokenInvalidError(ServiceError):
    code = ErrorCode.STREAM_TOKEN_INVALID
    status = 401
    title = "The stream token is not valid"


class HostRefusedError(ServiceError):
    code = ErrorCode.HOST_REFUSED
    status = 403
    title = "The service is not called so"


class OriginRefusedError(ServiceError):
    code = ErrorCode.ORIGIN_REFUSED
    status = 403
    title = "A page of another site may not do this"


class TooManyTokensError(ServiceError):
    code = ErrorCode.TOO_MANY_TOKENS
    status = 422
    title = "The story would be too long"


class TooManyRequestsError(ServiceError):
    code = ErrorCode.TOO_MANY_REQUESTS
    status = 429
    title = "Too many stories were asked for in a short time"


class TooManyJobsError(ServiceError):
    code = ErrorCode.TOO_MANY_JOBS
    status = 429
    title = "Too many of your stories are under way"


class TooManyStreamsError(ServiceError):
    code = ErrorCode.TOO_MANY_STREAMS
    status = 429
    title = "Too many of your streams are open"
    retry_after = 5


class QueueFullError(ServiceError):
    code = ErrorCode.QUEUE_FULL
    status = 429
    title = "Too many stories wait"


class StreamsFullError(ServiceError):
    code = ErrorCode.STREAMS_FULL
    status = 503
    title = "Too many streams are open"
    retry_after = 5


class ServerLeavingError(ServiceError):
    """404, by which HAProxy knows a server that is to get no new requests and may end those it has
    (`http-check disable-on-404`).
    """

    code = ErrorCode.SERVER_LEAVING
    status = 404
    title = "This server is about to stop"


class ServerStoppingError(ServiceError):
    code = ErrorCode.SERVER_STOPPING
    status = 503
    title = "This server is stopping"
    retry_after = 2
