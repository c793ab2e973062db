"""A small API of the same shape as the real one, on a real loopback socket.

A connection may be scripted frame by frame; without a script its story plays.
"""

import asyncio
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from shared.errors import ErrorCode
from shared.events import Event, TokenEvent
from shared.jobs import JobError
from shared.schemas import GenerateRequest
from tests.fake_job import PIECES, Cut, FakeJob, Step

PING = b": ping\r\n\r\n"


def frame(event: Event) -> bytes:
    head = f"id: {event.index}\r\n" if isinstance(event, TokenEvent) else ""
    data = event.model_dump_json(exclude={"type"})
    return f"{head}event: {event.type}\r\ndata: {data}\r\n\r\n".encode()


def problem(status: int, code: str, detail: str, **extra: object) -> JSONResponse:
    headers = {"Retry-After": "0"} if status == 503 else {}
    body = {"code": code, "title": "Title", "detail": detail, "status": status, **extra}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


class FakeApi:
    def __init__(self) -> None:
        self.url = ""
        self.jobs: dict[str, FakeJob] = {}
        self.forget()

    def forget(self) -> None:
        """End every story, so that its readers go, and be as new."""
        for job in self.jobs.values():
            job.cancelled = True
        self.jobs = {}
        self.refuse_create: Response | None = None
        self.refusals: list[Response] = []
        """Each answers one request for a story."""
        self.authorizations: list[str | None] = []
        self.traceparents: list[str | None] = []
        self.sessions: list[str | None] = []
        self.keys: list[str | None] = []
        self.cuts_before_create = 0
        self.pieces = list(PIECES)
        self.reveal_at_once = True
        self.fails_after: int | None = None

    def add(self, *, written: int | None = None, pieces: list[str] | None = None) -> FakeJob:
        """A story of which `written` tokens (all, if not said) have been written so far."""
        request = GenerateRequest(story_seed="A lighthouse keeper who hears music")
        return self._add(request, pieces or self.pieces, written)

    def _add(self, request: GenerateRequest, pieces: list[str], written: int | None) -> FakeJob:
        job = FakeJob(f"job-{len(self.jobs) + 1}", request, list(pieces))
        job.written = len(pieces) if written is None else written
        self.jobs[job.id] = job
        return job

    async def create(self, request: Request) -> Response:
        if self.refuse_create is not None:
            return self.refuse_create
        self.authorizations.append(request.headers.get("authorization"))
        self.traceparents.append(request.headers.get("traceparent"))
        self.sessions.append(request.headers.get("Once-Session"))
        self.keys.append(request.headers.get("idempotency-key"))
        if self.refusals:
            return self.refusals.pop(0)
        if self.cuts_before_create:
            self.cuts_before_create -= 1
            return StreamingResponse(_cut())
        body = GenerateRequest.model_validate_json(await request.body())
        job = self._add(body, self.pieces, None if self.reveal_at_once else 0)
        if self.fails_after is not None:
            job.written = self.fails_after
            job.error = JobError(code=ErrorCode.GENERATION_FAILED, detail="The model broke.")
        return JSONResponse(job.view().model_dump(mode="json"), 202)

    async def job(self, request: Request) -> Response:
        job = self.jobs.get(request.path_params["job_id"])
        if job is None:
            return problem(404, ErrorCode.UNKNOWN_JOB, "There is no job of yours with this id.")
        if request.method == "DELETE":
            job.cancelled = job.cancelled or not job.status.is_terminal
        return JSONResponse(job.view().model_dump(mode="json"))

    async def events(self, request: Request) -> Response:
        job = self.jobs.get(request.path_params["job_id"])
        if job is None:
            return problem(404, ErrorCode.UNKNOWN_JOB, "There is no job of yours with this id.")
        cursor = int(request.headers.get("Last-Event-ID", "0"))
        job.cursors.append(cursor)
        job.on_connect()
        script = job.scripts.pop(0) if job.scripts else None
        if script and isinstance(script[0], Response):
            return script[0]
        steps = job.play(cursor) if script is None else _replay(script)
        return StreamingResponse(_frames(job, steps), media_type="text/event-stream")

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/jobs", self.create, methods=["POST"]),
                Route("/v1/jobs/{job_id}", self.job, methods=["GET", "DELETE"]),
                Route("/v1/jobs/{job_id}/events", self.events),
            ]
        )


async def _replay(script: list[Step]) -> AsyncIterator[Step]:
    for step in script:
        yield step


async def _cut() -> AsyncIterator[bytes]:
    yield b"{"
    raise ConnectionAbortedError("cut by the test")


async def _frames(job: FakeJob, steps: AsyncIterator[Step]) -> AsyncIterator[bytes]:
    job.readers += 1
    try:
        async for step in steps:
            if isinstance(step, Cut):
                raise ConnectionAbortedError("cut by the test")
            if isinstance(step, Response):
                raise TypeError("a response can only come first")
            if isinstance(step, float):
                await asyncio.sleep(step)
                continue
            yield step if isinstance(step, bytes) else frame(step)
    finally:
        job.readers -= 1
