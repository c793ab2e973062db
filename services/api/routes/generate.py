"""The one-call form: a story for a request, as a stream or as one answer."""

import math
import re

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from services.api.admission.gate import CallerDep, hold_stream
from services.api.dependencies import Body, ComponentsDep, DryRun
from services.api.errors import render
from services.api.following import follow_job
from services.api.idempotency import IdempotencyKey, ticket_for
from services.api.openapi import (
    CREATE_ERRORS,
    GENERATE_BODY,
    HOLD_ERRORS,
    JOB_EXAMPLE,
    STREAM,
    answer,
    problems,
)
from services.api.streams import Lane, StoryStream
from services.api.views import job_path
from shared.jobs import JobView
from shared.quotes import Quote
from shared.refusals import ServerStoppingError
from shared.tracing import current_traceparent

EVENT_STREAM = "text/event-stream"
_NEVER = re.compile(r"q=0(\.0{0,3})?")
router = APIRouter(tags=["jobs"])
_ENDED = "The ended job, or its events if the caller accepts them; of a dry run its quote"
_ANSWER = answer(_ENDED, JOB_EXAMPLE)


@router.post(
    "/generate",
    response_model=JobView | Quote,
    openapi_extra=GENERATE_BODY,
    dependencies=[Depends(hold_stream)],
    responses={
        200: {**_ANSWER, "content": {**_ANSWER["content"], **STREAM["content"]}},
        **problems(*CREATE_ERRORS, *HOLD_ERRORS, ServerStoppingError),
    },
)
async def generate(
    body: Body,
    request: Request,
    components: ComponentsDep,
    caller: CallerDep,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Write a story. It goes on if the caller leaves; `Location` says where to find it."""
    jobs = components.jobs
    if dry_run:
        quote = await components.quotes.asked(body, caller=caller)
        return JSONResponse(quote.model_dump(mode="json"))
    ticket = ticket_for(idempotency_key, body, "job")
    job_id = await jobs.create(body, caller=caller, ticket=ticket)
    headers = {"Location": job_path(job_id), "X-Job-Id": job_id}
    if accepts_stream(request.headers.get("accept", "")):
        lane = Lane()
        events = follow_job(
            jobs,
            components.metrics,
            job_id=job_id,
            tenant=caller.tenant,
            cursor=0,
            traceparent=current_traceparent(),
            send=lane.tell,
        )
        return StoryStream(events, headers, lane)
    view = await jobs.wait_for_end(
        job_id, tenant=caller.tenant, seconds=math.inf, gone=request.is_disconnected
    )
    if not view.status.is_terminal and not await request.is_disconnected():
        stopping = ServerStoppingError(f"Your story is job {job_id}: ask for that one.")
        refusal = render(request, stopping)
        refusal.headers.update(headers)
        return refusal
    return JSONResponse(view.model_dump(mode="json"), headers=headers)


def accepts_stream(accept: str) -> bool:
    """Named, and not with `q=0`, which refuses it; `*/*` is content with JSON."""
    for kind in accept.lower().split(","):
        name, *parameters = (part.strip() for part in kind.split(";"))
        if name == EVENT_STREAM:
            return not any(_NEVER.fullmatch(each) for each in parameters)
    return False
