"""How the OpenAPI description tells errors, in the two shapes that routes speak."""

from typing import Any

from pydantic import BaseModel

from services.api.openai_errors import OpenAiProblem, openai_problem, openai_status, speaks_openai
from services.api.openapi import SCHEMAS, Responses, problems
from services.api.problems import Problem
from shared.errors import LibraryOutdatedError, LibraryUnavailableError, ServiceError
from shared.refusals import (
    HostRefusedError,
    KeyInvalidError,
    KeyRequiredError,
    OriginRefusedError,
    ScopeMissingError,
)

_JSON = "application/json"
_PROBLEM = "application/problem+json"
KEY_ERRORS: tuple[type[ServiceError], ...] = (
    KeyRequiredError,
    KeyInvalidError,
    ScopeMissingError,
    HostRefusedError,
    OriginRefusedError,
    LibraryUnavailableError,
    LibraryOutdatedError,
)
"""Of every route that a key is needed for; `with_key_errors` adds them."""


def openai_problems(*errors: type[ServiceError]) -> Responses:
    """As `problems`, for a route that speaks as OpenAI's API."""
    answers: Responses = {}
    for error in errors:
        status = openai_status(error.status)
        answer = answers.setdefault(
            status,
            {
                "description": error.title,
                "model": OpenAiProblem,
                "content": {_JSON: {"examples": {}}},
            },
        )
        example = openai_problem(
            Problem(
                type="",
                title=error.title,
                status=status,
                detail="What exactly was wrong.",
                code=error.code,
            )
        )
        answer["content"][_JSON]["examples"][example.error.code] = {
            "value": example.model_dump(mode="json")
        }
    return answers


def with_problem_media_type(schema: dict[str, Any]) -> dict[str, Any]:
    """Problems have a media type of their own; FastAPI describes every model as application/json,
    and its two schemas of validation errors are never answered here.
    """
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            if speaks_openai(path):
                operation["responses"].pop("422", None)  # FastAPI's own addition
                continue
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    content = response["content"]
                    content[_PROBLEM] |= content.pop(_JSON)
    for name in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(name, None)
    return schema


def with_key_errors(schema: dict[str, Any]) -> dict[str, Any]:
    """Whatever needs a key may be refused for want of one, whether or not its route says so."""
    for path, operations in schema["paths"].items():
        kind: type[BaseModel] = Problem
        refusals, media_type = problems(*KEY_ERRORS), _PROBLEM
        if speaks_openai(path):
            kind, refusals, media_type = OpenAiProblem, openai_problems(*KEY_ERRORS), _JSON
        problem = {"$ref": SCHEMAS.format(model=kind.__name__)}
        for operation in operations.values():
            if "security" not in operation:
                continue
            for status, refusal in refusals.items():
                empty = {"description": refusal["description"], "content": {}}
                known = operation["responses"].setdefault(str(status), empty)
                media = known["content"].setdefault(media_type, {"schema": problem, "examples": {}})
                media["examples"] |= refusal["content"][media_type]["examples"]
    return schema
