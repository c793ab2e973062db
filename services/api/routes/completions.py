"""Completions for the clients of OpenAI's API."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from services.api.admission.gate import CallerDep, hold_stream
from services.api.completion_stream import CompletionStream
from services.api.completions import Completions, Order
from services.api.dependencies import CompletionBody, ComponentsDep
from services.api.idempotency import IdempotencyKey, ticket_for
from services.api.openapi import CREATE_ERRORS, HOLD_ERRORS, answer, json_body
from services.api.openapi_errors import openai_problems
from services.api.presence import unless_gone
from shared.completions import (
    Completion,
    CompletionCancelledError,
    CompletionRequest,
    ModelNotFoundError,
)
from shared.errors import (
    EventsGoneError,
    GenerationFailedError,
    InvalidRequestError,
    UnknownJobError,
)
from shared.refusals import ServerStoppingError

router = APIRouter(prefix="/v1/completions", tags=["completions"])
_LEFT = 499
"""Nobody reads it; so it is told apart in what is measured."""
_EXAMPLE: dict[str, Any] = {
    "id": "cmpl-3f0c9a5e0c1d4b6f8f2f6f0f9d1c2b3a",
    "object": "text_completion",
    "created": 1790000000,
    "model": "fairytale-mini",
    "choices": [
        {
            "text": " who lived by the sea.",
            "index": 0,
            "logprobs": None,
            "finish_reason": "stop",
            "job_id": "3f0c9a5e0c1d4b6f8f2f6f0f9d1c2b3a",
        }
    ],
    "usage": {"prompt_tokens": 6, "completion_tokens": 7, "total_tokens": 13},
}
_STREAM_EXAMPLE = """\
data: {"id":"cmpl-3f","object":"text_completion","created":1790000000,"model":"fairytale-mini",\
"choices":[{"text":" who","index":0,"logprobs":null,"finish_reason":null,"job_id":"3f"}]}

data: [DONE]

"""
_ANSWER = answer("The text, or its chunks with `stream`", _EXAMPLE)
_STREAM = {"text/event-stream": {"example": _STREAM_EXAMPLE}}


async def _no_dry_run(dry_run: Annotated[bool, Query(include_in_schema=False)] = False) -> None:
    """Whoever knows it of `/v1/jobs` must not have written here what was only to be quoted."""
    if dry_run:
        raise InvalidRequestError("dry_run is not offered here; POST /v1/jobs has it.")


@router.post(
    "",
    response_model=Completion,
    openapi_extra=json_body(
        CompletionRequest, {"model": "fairytale-mini", "prompt": "Once there was a fox"}
    ),
    dependencies=[Depends(_no_dry_run), Depends(hold_stream)],
    responses={
        200: {**_ANSWER, "content": {**_ANSWER["content"], **_STREAM}},
        **openai_problems(
            *CREATE_ERRORS,
            *HOLD_ERRORS,
            ModelNotFoundError,
            CompletionCancelledError,
            UnknownJobError,
            EventsGoneError,
            GenerationFailedError,
            ServerStoppingError,
        ),
    },
)
async def complete(
    body: CompletionBody,
    request: Request,
    components: ComponentsDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Go on from a text. Whoever leaves before the end cancels it, unless there is a key."""
    completions = components.completions
    ticket = ticket_for(idempotency_key, body, "completion")
    order = await completions.order(body, caller=caller, ticket=ticket)
    if body.stream:
        return CompletionStream(completions, order)
    return await _whole(completions, order, request)


async def _whole(completions: Completions, order: Order, request: Request) -> Response:
    told: Completion | None = None
    try:
        told = await unless_gone(request.receive, completions.whole(order))
    finally:
        if told is None:
            await completions.leave(order, order.choices)
    if told is None:
        return Response(status_code=_LEFT)
    return JSONResponse(told.model_dump(mode="json"))
