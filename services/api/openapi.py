"""Pieces of the OpenAPI description that several routes share."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.api.problems import Problem
from shared.content import ruled
from shared.errors import (
    BodyTooLargeError,
    ContextExceededError,
    EventsGoneError,
    ExplicitContentError,
    InvalidCursorError,
    InvalidRequestError,
    KeyReusedError,
    LibraryOutdatedError,
    LibraryUnavailableError,
    MalformedBodyError,
    ModelUnavailableError,
    ServiceError,
    StoreUnavailableError,
    UnknownJobError,
)
from shared.prompts import TEMPLATE_VERSION
from shared.quotes import Quote
from shared.refusals import (
    QueueFullError,
    StreamsFullError,
    StreamTokenInvalidError,
    TooManyJobsError,
    TooManyRequestsError,
    TooManyStreamsError,
    TooManyTokensError,
)
from shared.schemas import GenerateRequest

SCHEMAS = "#/components/schemas/{model}"
Responses = dict[int | str, dict[str, Any]]

HOLD_ERRORS: tuple[type[ServiceError], ...] = (TooManyStreamsError, StreamsFullError)
"""Of an answer that is held open."""
CREATE_ERRORS: tuple[type[ServiceError], ...] = (
    MalformedBodyError,
    BodyTooLargeError,
    InvalidRequestError,
    ContextExceededError,
    ExplicitContentError,
    KeyReusedError,
    TooManyTokensError,
    TooManyRequestsError,
    TooManyJobsError,
    QueueFullError,
    ModelUnavailableError,
    StoreUnavailableError,
    LibraryUnavailableError,
    LibraryOutdatedError,
)
JOB_ERRORS: tuple[type[ServiceError], ...] = (
    UnknownJobError,
    InvalidRequestError,
    StoreUnavailableError,
    LibraryUnavailableError,
    LibraryOutdatedError,
)
EVENT_ERRORS: tuple[type[ServiceError], ...] = (
    InvalidCursorError,
    EventsGoneError,
    StreamTokenInvalidError,
    *JOB_ERRORS,
    *HOLD_ERRORS,
)

STREAM_EXAMPLE = """\
event: started
data: {"worker":"w1","model":"fairytale-mini","attempt":1}

id: 1
event: token
data: {"index":1,"text":"Once","ids":[7454]}

event: cancelled
data: {}
"""
STREAM: dict[str, Any] = {
    "description": "The story's events, ending with `done`, `error` or `cancelled`",
    "content": {"text/event-stream": {"example": STREAM_EXAMPLE}},
}


def json_body(kind: type[BaseModel], example: Any) -> dict[str, Any]:
    """Describes a body that `services.api.bodies` reads; its schema comes by `with_schemas`."""
    media = {"schema": {"$ref": SCHEMAS.format(model=kind.__name__)}, "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": media}}}


GENERATE_BODY = json_body(
    GenerateRequest,
    GenerateRequest(
        story_seed="A lighthouse keeper who hears mysterious music from the sea"
    ).model_dump(mode="json"),
)


def problems(*errors: type[ServiceError]) -> Responses:
    """Document each error under its status, with an example of its code."""
    answers: Responses = {}
    for error in errors:
        answer = answers.setdefault(
            error.status, {"description": error.title, "model": Problem, "content": {}}
        )
        media = answer["content"].setdefault("application/problem+json", {"examples": {}})
        media["examples"][error.code.value] = {
            "value": {
                "type": f"urn:once:problem:{error.code}",
                "title": error.title,
                "status": error.status,
                "detail": "What exactly was wrong.",
                "code": error.code.value,
            }
        }
    return answers


JOB_EXAMPLE: dict[str, Any] = {
    "id": "3f0c9a5e0c1d4b6f8f2f6f0f9d1c2b3a",
    "status": "running",
    "text": "Once upon a time",
    "position": None,
    "eta_seconds": None,
    "attempts": 1,
    "usage": {"prompt_tokens": 61, "completion_tokens": 4},
    "finish_reason": None,
    "receipt": None,
    "error": None,
    "request": GENERATE_BODY["requestBody"]["content"]["application/json"]["example"],
    "model": "fairytale-mini",
    "seed": 7,
    "created_at": 1790000000.0,
    "started_at": 1790000000.2,
    "ended_at": None,
    "links": {
        "self": "/v1/jobs/3f0c9a5e0c1d4b6f8f2f6f0f9d1c2b3a",
        "events": "/v1/jobs/3f0c9a5e0c1d4b6f8f2f6f0f9d1c2b3a/events",
    },
}


QUOTE_EXAMPLE: dict[str, Any] = {
    "model": "fairytale-mini",
    "prompt": "Instruction: Continue the story.\nStory so far: Once upon a time",
    "tokens": {"instruction": 11, "memory": 0, "story": 4, "author_note": 0},
    "dropped_chars": 0,
    "room": 256,
    "context_length": 1024,
    "position": 0,
    "eta_seconds": {"p50": 0.0, "p90": 0.0},
}


_RECEIPT_EXAMPLE: dict[str, Any] = {
    "model": "fairytale-mini",
    "model_sha256": "2c9f6676…",
    "tokenizer_sha256": "9b1f5e0c…",
    "template_version": TEMPLATE_VERSION,
    "numeric_kind": "cpu-avx2-onednn-fp32-torch2.13.0-d38825a1",
    "code_version": "0.1.0",
    "seed": 7,
    "content_list": ruled().version,
    "text_sha256": "5f70bf18…",
    "tokens_sha256": "e3b0c442…",
}
VERIFICATION_EXAMPLE: dict[str, Any] = {
    "is_identical": True,
    "first_difference": None,
    "tokens": 212,
    "told": _RECEIPT_EXAMPLE,
    "retold": _RECEIPT_EXAMPLE,
    "retold_by": "3f0c9a5e0c1d4b6f8f2f6f0f9d1c2b3a",
}


def answer(description: str, example: Any) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"example": example}}}


QUOTED: dict[str, Any] = {**answer("Of a dry run", QUOTE_EXAMPLE), "model": Quote}


def with_schemas(schema: dict[str, Any], kinds: Sequence[type[BaseModel]]) -> dict[str, Any]:
    """FastAPI knows no body that a route reads by itself."""
    inputs = [(kind, "validation") for kind in kinds]
    _, definitions = models_json_schema(inputs, ref_template=SCHEMAS)  # type: ignore[arg-type]
    for name, definition in definitions["$defs"].items():
        schema["components"]["schemas"].setdefault(name, definition)
    return schema
