"""For those who run the service: health, readiness, queue, workers, metrics."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel

from services.api.admission.gate import operating, watching
from services.api.dependencies import ComponentsDep, OperationsDep
from services.api.openapi import answer, problems
from shared.errors import (
    InvalidRequestError,
    ModelUnavailableError,
    NotInDevelopmentError,
    StoreUnavailableError,
    UnknownWorkerError,
)
from shared.metrics import CONTENT_TYPE, render
from shared.operations import QueueView, WorkerInfo, WorkerList
from shared.refusals import ServerLeavingError

router = APIRouter(tags=["operations"])
probes = APIRouter(tags=["operations"])
"""For a machine that watches this one: without a key, and kept from the street by the gateway."""
_WORKER: dict[str, Any] = {
    "id": "w1",
    "model": "fairytale-mini",
    "model_sha256": "9f86d081884c7d65",
    "numeric_kind": "cpu-bf16",
    "context_length": 1024,
    "slots": 16,
    "running": 3,
    "tokens_per_second": 410.5,
}
_QUEUE: dict[str, Any] = {
    "model": "fairytale-mini",
    "depth": {"interactive": 2, "batch": 0},
    "oldest_age_seconds": 1.25,
    "running": 16,
    "slots": 16,
    "workers": [_WORKER],
    "position": 2,
    "eta_seconds": {"p50": 1.6, "p90": 2.4},
    "calibration": {"stories": 200, "within_p50": 0.52, "within_p90": 0.91},
    "first_token_seconds": {"p50": 0.1, "p95": 0.4, "stories": 200},
    "can_kill": False,
}


class Health(BaseModel):
    status: Literal["ok"] = "ok"


@probes.head("/healthz", include_in_schema=False)
@probes.get(
    "/healthz",
    responses={200: answer("The process lives", {"status": "ok"}), **problems(ServerLeavingError)},
)
async def healthz(request: Request) -> Health:
    """Asks nobody else: a restart of this process would not bring Redis back."""
    if request.app.state.is_leaving:
        raise ServerLeavingError("Send new requests elsewhere.")
    return Health()


@probes.head("/readyz", include_in_schema=False)
@probes.get(
    "/readyz",
    responses={
        200: answer("A story would be written now", {"status": "ok"}),
        **problems(StoreUnavailableError, ModelUnavailableError),
    },
)
async def readyz(operations: OperationsDep) -> Health:
    """Redis answers and a live worker serves the configured model."""
    await operations.check_ready()
    return Health()


async def _no_parameters(request: Request) -> None:
    """Who asks for another model's queue must not take this one for it."""
    if request.query_params:
        raise InvalidRequestError("It takes no parameters: it is the default model's queue.")


@router.get(
    "/v1/queue",
    dependencies=[Depends(watching), Depends(_no_parameters)],
    responses={
        200: answer("The default model's queue", _QUEUE),
        **problems(InvalidRequestError, StoreUnavailableError),
    },
)
async def queue(operations: OperationsDep) -> QueueView:
    return await operations.queue()


@router.get(
    "/v1/workers",
    dependencies=[Depends(watching)],
    responses={
        200: answer("Workers that live", {"workers": [_WORKER]}),
        **problems(StoreUnavailableError),
    },
)
async def workers(operations: OperationsDep) -> WorkerList:
    return await operations.workers()


async def _no_form(
    x_requested_by: Annotated[
        str, Header(description="whatever; no page of another site can send it")
    ],
) -> None:
    """Refuse what a foreign page's form could send: it has no headers of its own."""


@router.post(
    "/v1/workers/{worker_id}/kill",
    status_code=202,
    dependencies=[Depends(operating), Depends(_no_form)],
    responses={
        202: answer("It dies with its next heartbeat", _WORKER),
        **problems(
            NotInDevelopmentError, UnknownWorkerError, InvalidRequestError, StoreUnavailableError
        ),
    },
)
async def kill_worker(worker_id: str, operations: OperationsDep) -> WorkerInfo:
    """End a worker as a crash does, to see its stories go on elsewhere. In development only."""
    return await operations.kill(worker_id)


@probes.get("/metrics", response_class=Response)
async def metrics(components: ComponentsDep) -> Response:
    """Prometheus text format."""
    await components.gauges.refresh()
    return Response(render(components.metrics), media_type=CONTENT_TYPE)
