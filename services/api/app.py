"""The application: made of its settings, connected in its lifespan. Does nothing at import."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Sequence
from typing import Any

import anyio
import structlog
from fastapi import APIRouter, Depends, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from services.api.admission.cors import with_cors
from services.api.admission.doors import make_doors
from services.api.admission.gate import admitted, reading
from services.api.admission.holding import Holding
from services.api.admission.limits import Admission
from services.api.admission.own_machine import OwnMachine
from services.api.archive import Archive, Archivist
from services.api.aside import Aside
from services.api.attendance import Attendance
from services.api.completions import Completions
from services.api.counting import Counters
from services.api.db.database import Database
from services.api.db.migrate import prepare
from services.api.dead_letters import DeadLetters
from services.api.dependencies import BODIES, Components
from services.api.errors import PROBES, add_error_handlers
from services.api.feedback import Opinions
from services.api.gauges import QueueGauges
from services.api.hub import Hub
from services.api.jobs import Jobs
from services.api.leaving import Farewell
from services.api.library.exporting import Exports
from services.api.library.passages import Passages
from services.api.library.stories import Stories
from services.api.openapi import with_schemas
from services.api.openapi_errors import with_key_errors, with_problem_media_type
from services.api.operations import Operations
from services.api.outbox import Outbox
from services.api.quotes import Quotes
from services.api.reconciler import Reconciler
from services.api.register import Register
from services.api.request_ids import RequestIds
from services.api.response_times import ResponseTimes
from services.api.routes import (
    completions,
    dead_letters,
    events,
    exports,
    feedback,
    generate,
    models,
    operations,
    passages,
    stories,
    stream_tokens,
    verification,
)
from services.api.routes import jobs as job_routes
from services.api.settings import ApiSettings
from services.api.shortcut import Shortcut
from services.api.verification import Verifier
from shared.broker import Permits, make_celery
from shared.connections import connect_async
from shared.errors import LibraryUnavailableError
from shared.joblog import AsyncJobLog
from shared.metrics import ApiMetrics
from shared.tracing import tracing

_ROUTES = (
    job_routes,
    generate,
    completions,
    stories,
    passages,
    exports,
    feedback,
    models,
    verification,
)
"""What a key is needed for. Whoever adds a route elsewhere says who may come in."""
_OPERATING = (operations, dead_letters)
"""Each of their routes says so itself."""
_TELEMETRY: TelemetryConfig = {
    "operation_spans": False,
    "metrics": False,
    "logs": False,
    "exclude": lambda scope: scope["path"] in PROBES or b"token=" in scope["query_string"],
}
"""A span for each request, once there is somewhere to send it. It would tell the address whole, so
there is none of one that a token stands in."""

_log = structlog.get_logger(__name__)
LAST_ROUND_SECONDS = 8.0
"""For a loop that is told to stop. A round takes milliseconds, unless what it asks hangs."""
CLOSE_SECONDS = 3.0


def create_app(settings: ApiSettings) -> FastAPI:
    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with tracing(settings.otel_exporter_otlp_endpoint, service="api"):
            async with _connected(settings) as components:
                app.state.components = components
                yield

    app = DescribedApi(
        title="Once",
        summary="Stories, told once: every token reaches every reader exactly once.",
        lifespan=lifespan,
        routes=[*_all_routes()],
        redirect_slashes=False,
        # Requests and answers share their shapes, and so their names in the description.
        separate_input_output_schemas=False,
        redoc_url=None,
        telemetry=_TELEMETRY,
    )
    app.state.is_leaving = False
    app.state.closing = asyncio.Event()
    app.state.cors_origins = settings.cors_origins
    if settings.development:
        app.add_middleware(OwnMachine, names=settings.host_names, origins=settings.cors_origins)
    app.add_middleware(Holding)
    app.add_middleware(Farewell)
    app.add_middleware(ResponseTimes)
    add_error_handlers(app)
    return app


@functools.cache
def _all_routes() -> Sequence[BaseRoute]:
    """FastAPI works them out at the first request, in 0.16 s: once for all apps of a process."""
    all_ = APIRouter()
    for routes in _ROUTES:
        all_.include_router(routes.router, dependencies=[Depends(admitted)])
    for routes in _OPERATING:
        all_.include_router(routes.router)
    all_.include_router(stream_tokens.router, dependencies=[Depends(reading)])
    all_.include_router(events.router)
    all_.include_router(operations.probes)
    return all_.routes


class DescribedApi(FastAPI):
    """Describes itself when first asked to: that takes half a second, and no start needs it."""

    def build_middleware_stack(self) -> ASGIApp:
        """Around all: an unexpected error is answered outside of what `add_middleware` adds."""
        answering = with_cors(super().build_middleware_stack(), self.state.cors_origins)
        return Shortcut(RequestIds(answering))

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            described = with_key_errors(with_problem_media_type(super().openapi()))
            self.openapi_schema = with_schemas(described, BODIES)
        return self.openapi_schema


@contextlib.asynccontextmanager
async def _connected(settings: ApiSettings) -> AsyncIterator[Components]:
    """Redis and a database server need not be there yet: whoever needs them says so."""
    database = Database(settings.database_url)
    if database.is_local:
        await prepare(database, settings.ui_api_key)
    client = connect_async(settings.redis_url)
    joblog = AsyncJobLog(client)
    permits = Permits(make_celery(settings.redis_url))
    metrics = ApiMetrics()
    hub = Hub(settings.redis_url, metrics)
    archive = Archive(joblog, database)
    outbox = Outbox(joblog, database, Register(database), permits, metrics)
    admission = Admission(joblog, settings.limits)
    counters, slow = Counters(joblog, Aside()), Aside()
    jobs = Jobs(joblog, archive, outbox, hub, admission, counters, settings.model_name)
    keepers = (Archivist(archive, metrics), Reconciler(outbox), Attendance(jobs, hub))
    quotes = Quotes(joblog, counters, admission, settings.model_name)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(hub.run)
            if not database.is_local:
                tasks.start_soon(_report, database)
            async with anyio.create_task_group() as keeping:
                for loop in keepers:
                    keeping.start_soon(loop.run)
                yield Components(
                    settings=settings,
                    doors=make_doors(settings, database),
                    metrics=metrics,
                    gauges=QueueGauges(joblog, metrics.queues, settings.model_name),
                    hub=hub,
                    jobs=jobs,
                    operations=Operations(
                        joblog, settings.model_name, development=settings.development
                    ),
                    stories=Stories(database, jobs),
                    quotes=quotes,
                    completions=Completions(jobs, quotes, metrics),
                    passages=Passages(database, jobs, quotes),
                    exports=Exports(database, joblog, slow),
                    opinions=Opinions(archive, slow),
                    verifier=Verifier(jobs, archive),
                    dead_letters=DeadLetters(jobs, database),
                )
                for loop in keepers:
                    loop.close()
                keeping.cancel_scope.deadline = anyio.current_time() + LAST_ROUND_SECONDS
            if keeping.cancel_scope.cancelled_caught:
                _log.error("a loop did not end, and was cancelled")
            tasks.cancel_scope.cancel()
    finally:
        with anyio.move_on_after(CLOSE_SECONDS, shield=True) as closing:
            await client.aclose()
            await database.close()
        if closing.cancelled_caught:
            _log.error("connections did not close")


async def _report(database: Database) -> None:
    """Say at once in the log what callers would find out one by one."""
    try:
        await database.check()
    except LibraryUnavailableError as error:
        _log.error("the library is not served yet", reason=error.detail)
