"""What readers say, over HTTP: of one story, and of two for one prompt."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.api.dependencies import (
    NewComparisonBody,
    NewFeedbackBody,
    OpinionsDep,
    Tenant,
)
from services.api.openapi import GENERATE_BODY, answer, json_body, problems
from services.api.routes.library_openapi import (
    LIBRARY_ERRORS,
    LIST_ERRORS,
    NO_OPINION_ERRORS,
    OPINION_ERRORS,
)
from shared.opinions import (
    ComparisonView,
    FeedbackPage,
    FeedbackView,
    NewComparison,
    NewFeedback,
    OpinionSummary,
)

router = APIRouter(prefix="/v1", tags=["feedback"])
_SAID: dict[str, Any] = {
    "rating": 4,
    "thumbs": "up",
    "tags": ["vivid", "good ending"],
    "comment": "The sea sounded real.",
}
_FEEDBACK: dict[str, Any] = {
    "id": "7c8e9f019b2f6c1e4a7d4f0c8e3b5a6d",
    "job_id": "3f0c9a5e0c1d4b6f8f2f6f0f9d1c2b3a",
    **_SAID,
    "model": "fairytale-mini",
    "prompt": "Instruction: You are an award-winning storyteller.\n",
    "request": GENERATE_BODY["requestBody"]["content"]["application/json"]["example"],
    "seed": 7,
    "receipt": None,
    "created_at": 1790000000.0,
}
_COMPARED: dict[str, Any] = {
    "job_a": "3f0c9a5e0c1d4b6f8f2f6f0f9d1c2b3a",
    "job_b": "8f2f6f0f9d1c2b3a3f0c9a5e0c1d4b6f",
    "winner": "a",
    "comment": None,
}
_COMPARISON: dict[str, Any] = {
    **_COMPARED,
    "id": "c1",
    "prompt": _FEEDBACK["prompt"],
    "created_at": 1790000000.0,
}
_SUMMARY: dict[str, Any] = {
    "days": [
        {
            "day": "2026-09-21",
            "model": "fairytale-mini",
            "opinions": 5,
            "stars": [0, 0, 1, 2, 1],
            "thumbs_up": 2,
            "thumbs_down": 0,
        }
    ],
    "standings": [
        {
            "models": ["fairytale-mini", "gpt2"],
            "comparisons": 12,
            "strengths": [
                {"model": "fairytale-mini", "value": 0.55, "low": -0.1, "high": 1.2},
                {"model": "gpt2", "value": -0.55, "low": -1.2, "high": 0.1},
            ],
            "problem": None,
        }
    ],
    "comparisons": 12,
}
_LINE = (
    '{"kind":"rating","model":"fairytale-mini","prompt":"p","story":"s","job":"3f0c","stars":4}\n'
)


@router.post(
    "/jobs/{job_id}/feedback",
    status_code=201,
    openapi_extra=json_body(NewFeedback, _SAID),
    responses={201: answer("Kept", _FEEDBACK), **problems(*OPINION_ERRORS)},
)
async def give_feedback(
    job_id: str, body: NewFeedbackBody, opinions: OpinionsDep, tenant: Tenant
) -> FeedbackView:
    """Say something of an ended story. It is kept with all that the story depends on.

    Who says something again has changed their mind: the last word counts.
    """
    return await opinions.say(job_id, body, tenant=tenant)


@router.get(
    "/jobs/{job_id}/feedback",
    responses={200: answer("The last word", _FEEDBACK), **problems(*NO_OPINION_ERRORS)},
)
async def read_feedback(job_id: str, opinions: OpinionsDep, tenant: Tenant) -> FeedbackView:
    """What the caller said of this story."""
    return await opinions.last_said(job_id, tenant=tenant)


@router.get(
    "/feedback",
    responses={
        200: answer("Newest first", {"feedback": [_FEEDBACK], "next_cursor": "dDE3"}),
        **problems(*LIST_ERRORS),
    },
)
async def list_feedback(
    opinions: OpinionsDep,
    tenant: Tenant,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
) -> FeedbackPage:
    """All that the caller said, also what does not count any more."""
    return await opinions.page(tenant=tenant, cursor=cursor, limit=limit)


@router.get(
    "/feedback/summary",
    responses={200: answer("In numbers", _SUMMARY), **problems(*LIBRARY_ERRORS)},
)
async def summarize_feedback(opinions: OpinionsDep, tenant: Tenant) -> OpinionSummary:
    """What the caller says: ratings by day and model, and models ranked by comparisons.

    The last word counts, once for each story and each two. A day (UTC) of which nothing was said
    is left out.
    """
    return await opinions.summary(tenant=tenant)


@router.post(
    "/comparisons",
    status_code=201,
    openapi_extra=json_body(NewComparison, _COMPARED),
    responses={
        201: answer("Kept", _COMPARISON),
        **problems(*OPINION_ERRORS),
    },
)
async def compare(body: NewComparisonBody, opinions: OpinionsDep, tenant: Tenant) -> ComparisonView:
    """Say which of two ended stories for one prompt is better. The last word on them counts."""
    return await opinions.compare(body, tenant=tenant)


@router.get(
    "/comparisons",
    responses={200: answer("The last word", _COMPARISON), **problems(*NO_OPINION_ERRORS)},
)
async def read_comparison(
    job_a: str, job_b: str, opinions: OpinionsDep, tenant: Tenant
) -> ComparisonView:
    """What the caller said of these two stories, whichever of them was named first then."""
    return await opinions.last_compared(job_a, job_b, tenant=tenant)


@router.get(
    "/feedback/export",
    response_class=Response,
    responses={
        200: {
            "description": "JSON lines, each a rating or a comparison",
            "content": {"application/x-ndjson": {"schema": {"type": "string"}, "example": _LINE}},
        },
        **problems(*LIBRARY_ERRORS),
    },
)
async def export_feedback(opinions: OpinionsDep, tenant: Tenant) -> Response:
    """The caller's last word on each story and each two, for `python -m training.evaluation`."""
    return Response(await opinions.export(tenant=tenant), media_type="application/x-ndjson")
