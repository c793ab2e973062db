"""What an error looks like in an answer: RFC 9457 problem details with a stable code."""

import json
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from shared.errors import ErrorCode


class FieldProblem(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:once:problem:unknown_job",
                    "title": "No such job",
                    "status": 404,
                    "detail": "There is no job 0123 of yours.",
                    "code": "unknown_job",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    code: ErrorCode
    errors: list[FieldProblem] | None = None


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(problem.model_dump(mode="json", exclude_none=True), ensure_ascii=False)
    # A refused field may be named with a lone surrogate, which UTF-8 cannot carry: "replace".
    return Response(
        body.encode("utf-8", "replace"),
        problem.status,
        headers,
        media_type="application/problem+json",
    )
