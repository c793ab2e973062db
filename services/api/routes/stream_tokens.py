"""Stream tokens over HTTP: for browsers, whose EventSource can send no key."""

from typing import Any

from fastapi import APIRouter, Response

from services.api.admission.gate import CallerDep, DoorsDep
from services.api.admission.stream_tokens import StreamToken
from services.api.dependencies import JobsDep
from services.api.openapi import JOB_ERRORS, JOB_EXAMPLE, answer, problems
from services.api.views import events_path

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
_EXAMPLE: dict[str, Any] = {
    "token": "eyJqb2JfaWQiOiIzZjBjIn0.c2lnbmVk",
    "expires_at": 1790000300.0,
    "url": f"{events_path(JOB_EXAMPLE['id'])}?token=eyJqb2JfaWQiOiIzZjBjIn0.c2lnbmVk",
}


@router.post(
    "/{job_id}/stream-token",
    responses={200: answer("Opens this job's events", _EXAMPLE), **problems(*JOB_ERRORS)},
)
async def make_stream_token(
    job_id: str, jobs: JobsDep, caller: CallerDep, doors: DoorsDep, response: Response
) -> StreamToken:
    """A token for `?token=` on this job's events, valid for five minutes and for nothing else.

    A stream that is open when it ends goes on; to come back later, ask for another one.
    """
    await jobs.view(job_id, tenant=caller.tenant)
    token, expires_at = doors.stream_tokens.issue(job_id, caller)
    response.headers["Cache-Control"] = "no-store"
    return StreamToken(
        token=token, expires_at=expires_at, url=f"{events_path(job_id)}?token={token}"
    )
