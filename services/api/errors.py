"""The one place that turns an error into an answer, in the shape that its route speaks.

Nothing of an unexpected error is shown; its stack goes to the log only.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from services.api.openai_errors import openai_response, speaks_openai
from services.api.problems import FieldProblem, Problem, problem_response
from services.api.request_ids import current_request_id
from shared.errors import ErrorCode, InvalidRequestError, ServiceError
from shared.metrics import TURNED_AWAY

PROBES = ("/healthz", "/readyz", "/metrics")
"""Who asks these wants no story, and is not turned away."""
_TITLES = {
    ErrorCode.NOT_FOUND: "There is nothing at this address",
    ErrorCode.METHOD_NOT_ALLOWED: "This address does not take this method",
    ErrorCode.INVALID_REQUEST: InvalidRequestError.title,
}
_FINDINGS = {
    "extra_forbidden": "there is no such field here; leave it out",
    "missing": "this is needed",
    "model_type": "must be a JSON object",
}
"""What pydantic says in words of its own."""
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_CODES = {404: ErrorCode.NOT_FOUND, 405: ErrorCode.METHOD_NOT_ALLOWED}
_CHALLENGES = {
    ErrorCode.KEY_REQUIRED: "Bearer",
    ErrorCode.KEY_INVALID: 'Bearer error="invalid_token"',
    ErrorCode.STREAM_TOKEN_INVALID: 'Bearer error="invalid_token"',
    ErrorCode.SCOPE_MISSING: 'Bearer error="insufficient_scope"',
}
"""`WWW-Authenticate`, in the words of RFC 6750."""


class InvalidFieldsError(InvalidRequestError):
    """Carries pydantic's findings about a body."""

    def __init__(self, findings: Sequence[ErrorDetails]) -> None:
        self.fields = [_field_problem(finding) for finding in findings]
        super().__init__("; ".join(f"{item.field}: {item.message}" for item in self.fields))


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(ServiceError, render)
    app.add_exception_handler(RequestValidationError, render)
    app.add_exception_handler(HTTPException, render)
    # Starlette raises an unexpected error again once it is answered, and the server logs its stack.
    app.add_exception_handler(Exception, render)


def render(request: Request, error: Exception) -> Response:
    problem, headers = _problem(error)
    if problem.code == ErrorCode.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(_methods(request))}
    metrics = request.app.state.components.metrics
    metrics.requests_refused.labels(problem.code).inc()
    if problem.status in TURNED_AWAY and request.scope["path"] not in PROBES:
        metrics.admission_refusals.labels(problem.code).inc()
    respond = openai_response if speaks_openai(request.scope["path"]) else problem_response
    return respond(problem, headers)


def _problem(error: Exception) -> tuple[Problem, Mapping[str, str] | None]:
    match error:
        case InvalidFieldsError():
            return of_service_error(error, error.fields), None
        case ServiceError():
            return of_service_error(error), _headers(error)
        case RequestValidationError():
            findings = InvalidFieldsError(error.errors())
            return of_service_error(findings, findings.fields), None
        case HTTPException():
            return _of_http(error), error.headers
    detail = f"The error is in our log as request {current_request_id()}; please try again."
    # The server ends the connection then; nobody shall send the next request into it.
    return of_service_error(ServiceError(detail)), {"Connection": "close"}


def _methods(request: Request) -> list[str]:
    """That the address takes: an error of the router's names those of one route alone."""
    asked = [(method, {**request.scope, "method": method}) for method in _METHODS]
    routes = request.app.routes
    return [
        method
        for method, scope in asked
        if any(route.matches(scope)[0] is Match.FULL for route in routes)
    ]


def _headers(error: ServiceError) -> Mapping[str, str]:
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.code in _CHALLENGES:
        headers["WWW-Authenticate"] = _CHALLENGES[error.code]
    return headers


def of_service_error(error: ServiceError, fields: list[FieldProblem] | None = None) -> Problem:
    return Problem(
        type=_type(error.code),
        title=error.title,
        status=error.status,
        detail=error.detail,
        code=error.code,
        errors=fields,
    )


def _of_http(error: HTTPException) -> Problem:
    code = _CODES.get(error.status_code, ErrorCode.INVALID_REQUEST)
    title = _TITLES[code]
    unsaid = error.detail == HTTPStatus(error.status_code).phrase
    detail = f"{title}." if unsaid else error.detail
    return Problem(
        type=_type(code), title=title, status=error.status_code, detail=detail, code=code
    )


def _type(code: ErrorCode) -> str:
    return f"urn:once:problem:{code}"


def _field_problem(finding: ErrorDetails) -> FieldProblem:
    path = [str(part) for part in finding["loc"]]
    message = _FINDINGS.get(finding["type"], finding["msg"].removeprefix("Value error, "))
    return FieldProblem(field=".".join(path) or "body", message=message)
