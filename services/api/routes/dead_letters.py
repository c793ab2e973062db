"""For those who run the service: stories that were given up, and replaying them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.api.admission.gate import CallerDep, operating
from services.api.dependencies import ComponentsDep
from services.api.openapi import CREATE_ERRORS, JOB_ERRORS, JOB_EXAMPLE, answer, problems
from services.api.views import job_path
from shared.dead_letters import DeadLetterPage
from shared.errors import InvalidCursorError, InvalidRequestError
from shared.jobs import JobView

router = APIRouter(
    prefix="/v1/dead-letters", tags=["operations"], dependencies=[Depends(operating)]
)
_FAILED = {
    **JOB_EXAMPLE,
    "status": "failed",
    "finish_reason": "error",
    "error": {
        "code": "too_many_attempts",
        "detail": "The story was started several times and each time its worker was lost.",
    },
}


@router.get(
    "",
    responses={
        200: answer("Newest first", {"dead_letters": [{"tenant": "anna", "job": _FAILED}]}),
        **problems(InvalidCursorError, InvalidRequestError),
    },
)
async def list_dead_letters(
    components: ComponentsDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
) -> DeadLetterPage:
    """Failed jobs of all owners that have not been replayed."""
    return await components.dead_letters.page(cursor=cursor, limit=limit)


@router.post(
    "/{failed_id}/replay",
    status_code=202,
    responses={
        202: answer("Accepted as a new job of the same owner", JOB_EXAMPLE),
        **problems(*JOB_ERRORS, *CREATE_ERRORS),
    },
)
async def replay_dead_letter(
    failed_id: str, components: ComponentsDep, caller: CallerDep, response: Response
) -> JobView:
    """Have a failed story written again, with the same seed. Without effect on one that was."""
    view = await components.dead_letters.replay(failed_id, caller=caller)
    response.headers["Location"] = job_path(view.id)
    return view
