"""A small API of the same shape as the real one, on a real loopback socket.

A story grows only when a test reveals tokens. A connection may be scripted frame by frame; without
a script it plays log, live tokens and ending as the contract says.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from shared.errors import ErrorCode
from shared.events import (
    CancelledEvent,
    CheckpointEvent,
    DoneEvent,
    ErrorEvent,
    Event,
    QueuedEvent,
    StartedEvent,
    TokenEvent,
)
from shared.jobs import Eta, JobError, JobView, Links, Receipt, Usage
from shared.schemas import FinishReason, GenerateRequest, JobStatus

PING = b": ping\r\n\r\n"
PIECES = ["Once", " upon", " a", " time", " the", " sea", " sang", "."]


class Cut:
    """In a script: the connection breaks here, in the middle of the answer."""


Step = Event | bytes | float | Cut | Response
"""A float is a pause in seconds; a response answers instead of a stream."""


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def frame(event: Event) -> bytes:
    head = f"id: {event.index}\r\n" if isinstance(event, TokenEvent) else ""
    data = event.model_dump_json(exclude={"type"})
    return f"{head}event: {event.type}\r\ndata: {data}\r\n\r\n".encode()


def problem(status: int, code: str, detail: str, **extra: object) -> JSONResponse:
    headers = {"Retry-After": "0"} if status == 503 else {}
    body = {"code": code, "title": "Title", "detail": detail, "status": status, **extra}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


@dataclass
class FakeJob:
    id: str
    request: GenerateRequest
    pieces: list[str] = field(default_factory=lambda: list(PIECES))
    written: int = 0
    position: int | None = None
    cancelled: bool = False
    error: JobError | None = None
    scripts: list[list[Step]] = field(default_factory=list)
    cursors: list[int] = field(default_factory=list)
    readers: int = 0
    on_connect: Callable[[], object] = lambda: None
    """Called when a reader has come and has been told nothing yet."""

    @property
    def text(self) -> str:
        return "".join(self.pieces[: self.written])

    @property
    def status(self) -> JobStatus:
        if self.cancelled:
            return JobStatus.CANCELLED
        if self.error is not None:
            return JobStatus.FAILED
        if self.written == len(self.pieces):
            return JobStatus.SUCCEEDED
        return JobStatus.RUNNING if self.position is None else JobStatus.QUEUED

    def token(self, index: int) -> TokenEvent:
        return TokenEvent(index=index, text=self.pieces[index - 1], ids=[100 + index])

    def tokens(self, first: int, last: int) -> list[TokenEvent]:
        return [self.token(index) for index in range(first, last + 1)]

    def checkpoint(self, index: int) -> CheckpointEvent:
        return CheckpointEvent(index=index, sha256=sha256("".join(self.pieces[:index])))

    def done(self) -> DoneEvent:
        reason = FinishReason.STOP
        return DoneEvent(finish_reason=reason, usage=self.usage, receipt=self.receipt)

    @property
    def usage(self) -> Usage:
        return Usage(prompt_tokens=40, completion_tokens=self.written)

    @property
    def receipt(self) -> Receipt:
        return Receipt(
            model="fake",
            model_sha256="0" * 64,
            tokenizer_sha256="0" * 64,
            template_version="1",
            numeric_kind="fake",
            code_version="0",
            seed=7,
            text_sha256=sha256(self.text),
        )

    def ending(self) -> Event | None:
        if self.cancelled:
            return CancelledEvent()
        if self.error is not None:
            return ErrorEvent(code=self.error.code, detail=self.error.detail)
        return self.done() if self.status.is_terminal else None

    def view(self) -> JobView:
        ended = self.status is JobStatus.SUCCEEDED
        return JobView(
            id=self.id,
            status=self.status,
            text=self.text,
            position=self.position,
            attempts=1,
            usage=self.usage,
            finish_reason=FinishReason.STOP if ended else None,
            receipt=self.receipt if ended else None,
            error=self.error,
            request=self.request,
            model="fake",
            seed=7,
            created_at=1_000.0,
            started_at=1_001.0,
            ended_at=1_005.5 if self.status.is_terminal else None,
            links=Links(self=f"/v1/jobs/{self.id}", events=f"/v1/jobs/{self.id}/events"),
        )

    async def play(self, cursor: int) -> AsyncIterator[Step]:
        """What the contract promises: the queue, the log from the cursor, live tokens, the end."""
        shown: int | None = None
        while self.position is not None and not self.status.is_terminal:
            if self.position != shown:
                shown = self.position
                yield QueuedEvent(position=shown, eta=Eta(p50=2.0, p90=4.0))
            await asyncio.sleep(0.01)
        yield StartedEvent(worker="w1", model="fake", attempt=1)
        while True:
            while cursor < self.written:
                cursor += 1
                yield self.token(cursor)
            ending = self.ending()
            if ending is not None:
                yield self.checkpoint(cursor)
                yield ending
                return
            await asyncio.sleep(0.01)


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
