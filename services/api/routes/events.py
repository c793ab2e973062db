"""A job's events over SSE: before, during and after its run, from any cursor."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, Header, Query, Response

from services.api.admission.gate import FollowerDep, hold_followed_stream
from services.api.cursors import event_cursor
from services.api.dependencies import ComponentsDep
from services.api.following import follow_job
from services.api.openapi import EVENT_ERRORS, STREAM, problems
from services.api.replay import replay
from services.api.streams import ENDED_COOKIE, Lane, StoryStream, ended_cookie
from shared.errors import UnknownJobError
from shared.events import Event

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.get(
    "/{job_id}/events",
    response_class=Response,
    dependencies=[Depends(hold_followed_stream)],
    responses={
        200: STREAM,
        204: {"description": "The ending was delivered to this reader; there is no more"},
        **problems(*EVENT_ERRORS),
    },
)
async def read_events(
    job_id: str,
    components: ComponentsDep,
    caller: FollowerDep,
    last_event_id: Annotated[str | None, Header(description="tokens the reader has")] = None,
    after: Annotated[str | None, Query(description="the same, for a first connection")] = None,
    once_ended: Annotated[str | None, Cookie(alias=ENDED_COOKIE, include_in_schema=False)] = None,
) -> Response:
    """Every token behind the cursor exactly once, then the ending.

    From the archive once Redis no longer knows the job.
    """
    jobs = components.jobs
    lane = Lane()
    cursor = event_cursor(last_event_id, after)
    events: AsyncIterator[list[Event]]
    try:
        job = await jobs.read(job_id, tenant=caller.tenant)
    except UnknownJobError:
        record = await jobs.archive.record(job_id, tenant=caller.tenant)
        events = replay(record.behind(cursor), record.ending, components.metrics)
        at_the_end = cursor >= record.count
    else:
        await jobs.check_cursor(job, cursor)
        events = follow_job(
            jobs,
            components.metrics,
            job_id=job_id,
            tenant=caller.tenant,
            cursor=cursor,
            traceparent=job.traceparent,
            send=lane.tell,
        )
        at_the_end = job.status.is_terminal and cursor >= job.count
    reconnects = last_event_id is not None or after is not None
    if at_the_end and reconnects and once_ended is not None:
        return Response(status_code=204)
    headers = {"Set-Cookie": ended_cookie(job_id)} if at_the_end else {}
    return StoryStream(events, headers, lane)
