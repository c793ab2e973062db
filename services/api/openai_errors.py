"""Errors as OpenAI's API tells them, for the routes that speak as it does."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus

from pydantic import BaseModel
from starlette.responses import Response

from services.api.problems import Problem
from shared.errors import ErrorCode

_ROUTES = re.compile(
    r"/v1/(?:completions|models|models/[^/]+|chat/completions|embeddings|responses|moderations)"
)
"""The last four are not offered; their callers shall be able to read that."""
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_CODES = {ErrorCode.CONTEXT_EXCEEDED: ("context_length_exceeded", "prompt")}
"""Known to OpenAI's clients by another code, and by what of the request is to blame."""
_NAMES = {
    "sampling.max_new_tokens": "max_tokens",
    "max_new_tokens": "max_tokens",
    "raw_prompt": "prompt",
    "story_seed": "prompt",
}
"""What these routes call the fields of a request."""
_NAME = re.compile(rf"\b(?:{'|'.join(map(re.escape, _NAMES))})\b")


_NOT_AGAIN = {"X-Should-Retry": "false"}
"""OpenAI's clients take a conflict for a lock that is soon released, and would order once more what
somebody has just cancelled."""


class OpenAiError(BaseModel):
    message: str
    type: str
    param: str | None
    code: str


class OpenAiProblem(BaseModel):
    """`code` is the stable one of all errors of this service, unless OpenAI has its own for it."""

    error: OpenAiError


def speaks_openai(path: str) -> bool:
    return _ROUTES.fullmatch(path) is not None


def openai_status(status: int) -> int:
    """OpenAI's clients know a request that is not valid by 400."""
    return 400 if status == 422 else status


def openai_problem(problem: Problem) -> OpenAiProblem:
    status = openai_status(problem.status)
    code, param = _CODES.get(problem.code, (problem.code, _param(problem)))
    by_us = "server_error" if status >= 500 else "invalid_request_error"
    return OpenAiProblem(
        error=OpenAiError(
            message=_renamed(problem.detail),
            type=_TYPES.get(status, by_us),
            param=param,
            code=code,
        )
    )


def openai_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(openai_problem(problem).model_dump(mode="json"), ensure_ascii=False)
    if problem.status == HTTPStatus.CONFLICT:
        headers = {**(headers or {}), **_NOT_AGAIN}
    # As in `problem_response`, for a name with a lone surrogate.
    return Response(
        body.encode("utf-8", "replace"),
        openai_status(problem.status),
        headers,
        media_type="application/json",
    )


def _param(problem: Problem) -> str | None:
    """The argument; not which of its texts, of which a caller may have sent one without a list."""
    field = problem.errors[0].field if problem.errors else "body"
    return None if field == "body" else re.sub(r"\.\d+$", "", _renamed(field))


def _renamed(text: str) -> str:
    return _NAME.sub(lambda found: _NAMES[found[0]], text)
