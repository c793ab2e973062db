"""Proof that a story is what its receipt says."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from services.api.admission.gate import CallerDep, DoorsDep
from services.api.dependencies import ComponentsDep
from services.api.openapi import (
    CREATE_ERRORS,
    HOLD_ERRORS,
    JOB_ERRORS,
    VERIFICATION_EXAMPLE,
    answer,
    problems,
)
from shared.errors import (
    EventsGoneError,
    GenerationFailedError,
    UnfinishedError,
    UnverifiableError,
    VerificationSlowError,
)
from shared.jobs import LONGEST_WAIT_SECONDS, Verification
from shared.refusals import ServerStoppingError

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.post(
    "/{job_id}/verify",
    responses={
        200: answer("Both receipts, and where they part", VERIFICATION_EXAMPLE),
        **problems(
            *JOB_ERRORS,
            *CREATE_ERRORS,
            *HOLD_ERRORS,
            UnfinishedError,
            EventsGoneError,
            UnverifiableError,
            VerificationSlowError,
            GenerationFailedError,
            ServerStoppingError,
        ),
    },
)
async def verify_job(
    job_id: str,
    request: Request,
    components: ComponentsDep,
    caller: CallerDep,
    doors: DoorsDep,
    wait: Annotated[
        float, Query(gt=0, le=LONGEST_WAIT_SECONDS, description="seconds to wait for the retelling")
    ] = LONGEST_WAIT_SECONDS,
) -> Verification:
    """Tell an ended story again from its receipt, and say whether every token is the same."""
    with doors.streams.held(caller):
        return await components.verifier.verify(
            job_id, caller=caller, seconds=wait, gone=request.is_disconnected
        )
