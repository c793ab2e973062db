"""Jobs over HTTP: create, read, list, cancel."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from services.api.admission.callers import Scope
from services.api.admission.gate import CallerDep, DoorsDep
from services.api.dependencies import Body, DryRun, JobsDep, QuotesDep, Tenant
from services.api.idempotency import IdempotencyKey, ticket_for
from services.api.openapi import (
    CREATE_ERRORS,
    GENERATE_BODY,
    HOLD_ERRORS,
    JOB_ERRORS,
    JOB_EXAMPLE,
    QUOTED,
    answer,
    problems,
)
from services.api.views import job_path
from shared.errors import InvalidCursorError, InvalidRequestError, StoreUnavailableError
from shared.jobs import LONGEST_WAIT_SECONDS, JobPage, JobView

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.post(
    "",
    status_code=202,
    response_model=JobView,
    openapi_extra=GENERATE_BODY,
    responses={
        200: QUOTED,
        202: answer("Accepted and queued", JOB_EXAMPLE),
        **problems(*CREATE_ERRORS),
    },
)
async def create_job(
    body: Body,
    jobs: JobsDep,
    quotes: QuotesDep,
    caller: CallerDep,
    response: Response,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
) -> Response | JobView:
    """Queue a story. It is written whether or not anybody listens, and whatever breaks."""
    if dry_run:
        quote = await quotes.asked(body, caller=caller)
        return JSONResponse(quote.model_dump(mode="json"))
    ticket = ticket_for(idempotency_key, body, "job")
    job_id = await jobs.create(body, caller=caller, ticket=ticket)
    response.headers["Location"] = job_path(job_id)
    return await jobs.first_view(job_id, tenant=caller.tenant)


@router.get(
    "",
    responses={
        200: answer("Newest first", {"jobs": [JOB_EXAMPLE], "next_cursor": "czQy"}),
        **problems(InvalidCursorError, InvalidRequestError, StoreUnavailableError),
    },
)
async def list_jobs(
    jobs: JobsDep,
    tenant: Tenant,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
) -> JobPage:
    """The caller's jobs, newest first."""
    return await jobs.page(tenant=tenant, cursor=cursor, limit=limit)


@router.get(
    "/{job_id}",
    responses={
        200: answer("The job", JOB_EXAMPLE),
        **problems(*JOB_ERRORS, *HOLD_ERRORS),
    },
)
async def read_job(
    job_id: str,
    request: Request,
    jobs: JobsDep,
    caller: CallerDep,
    doors: DoorsDep,
    wait: Annotated[
        float, Query(ge=0, le=LONGEST_WAIT_SECONDS, description="seconds to wait for the end")
    ] = 0,
) -> JobView:
    """The job with its text so far."""
    if not wait:
        return await jobs.view(job_id, tenant=caller.tenant)
    with doors.streams.held(caller):
        return await jobs.wait_for_end(
            job_id, tenant=caller.tenant, seconds=wait, gone=request.is_disconnected
        )


@router.delete(
    "/{job_id}",
    response_model=JobView,
    responses={
        200: answer("The job", JOB_EXAMPLE),
        204: {"description": "Done; this key may not read the job"},
        **problems(*JOB_ERRORS),
    },
)
async def cancel_job(job_id: str, jobs: JobsDep, caller: CallerDep) -> Response | JobView:
    """End the job before its next token. Without effect on one that has ended."""
    view = await jobs.cancel(job_id, tenant=caller.tenant)
    return view if Scope.READ in caller.scopes else Response(status_code=204)
