"""What is known of the models that workers serve."""

import hashlib
import re
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from services.api.dependencies import OperationsDep
from services.api.openapi import answer, problems
from services.api.openapi_errors import openai_problems
from shared.completions import ModelCard, ModelList, ModelNotFoundError
from shared.errors import (
    InvalidRequestError,
    ModelUnavailableError,
    NoReportError,
    StoreUnavailableError,
)

router = APIRouter(prefix="/v1/models", tags=["models"])
_TAG = re.compile(r'\*|"[^"]*"')
_REPORT: dict[str, Any] = {
    "model": {"name": "fairytale-mini", "parameters": 12345, "context": 1024},
    "protocols": [],
    "conditions": [],
    "seconds": 612.5,
}


_CARD = ModelCard(id="fairytale-mini", context_length=1024).model_dump()


@router.get(
    "",
    responses={
        200: answer("As OpenAI's clients read it", {"object": "list", "data": [_CARD]}),
        **openai_problems(StoreUnavailableError),
    },
)
async def list_models(operations: OperationsDep) -> ModelList:
    """The models that live workers serve."""
    return await operations.models()


@router.get(
    "/{model}",
    responses={
        200: answer("As OpenAI's clients read it", _CARD),
        **openai_problems(ModelNotFoundError, InvalidRequestError, StoreUnavailableError),
    },
)
async def read_model(model: str, operations: OperationsDep) -> ModelCard:
    """A model that a live worker serves."""
    return await operations.model_card(model)


@router.get(
    "/{model}/report",
    response_class=Response,
    responses={
        200: answer("The report as the evaluation wrote it", _REPORT),
        304: {"description": "It is still the one that `If-None-Match` names"},
        **problems(
            NoReportError, InvalidRequestError, ModelUnavailableError, StoreUnavailableError
        ),
    },
)
async def read_report(
    model: str,
    operations: OperationsDep,
    if_none_match: Annotated[str | None, Header(description="`ETag` of a former answer")] = None,
) -> Response:
    """The evaluation report that lies beside the model's weights."""
    content = (await operations.report(model)).encode()
    # Of the content and not of the weights: the same weights may be evaluated again.
    tag = f'"{hashlib.sha256(content).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if {tag, "*"} & set(_TAG.findall(if_none_match or "")):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)
