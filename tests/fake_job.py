"""A story of the fake API: it grows only when a test reveals tokens.

Played to a reader, it tells log, live tokens and ending as the contract says. Knows no socket.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from starlette.responses import Response

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

PIECES = ["Once", " upon", " a", " time", " the", " sea", " sang", "."]


class Cut:
    """In a script: the connection breaks here, in the middle of the answer."""


Step = Event | bytes | float | Cut | Response
"""A float is a pause in seconds; a response answers instead of a stream."""


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


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
