"""What one reader has of a story, and what it has to do next. Sends nothing, and never waits.

Whoever drives it asks with `headers`, hands in what comes, and pauses for as long as it says. These
are the rules of the stream: the cursor, the hashes, the ending, and how long silence is borne.
"""

import contextlib
import time
from collections.abc import Callable, Iterator

import httpx2

from shared.client.errors import ApiError, ClientCode, error_of
from shared.client.pauses import pause
from shared.client.proof import Proof
from shared.client.settings import ClientSettings
from shared.client.wire import read_event
from shared.events import (
    CancelledEvent,
    CheckpointEvent,
    DoneEvent,
    ErrorEvent,
    Event,
    QueuedEvent,
    ResumedEvent,
    StartedEvent,
    TerminalEvent,
    TokenEvent,
)
from shared.jobs import JobView
from shared.schemas import JobStatus

MAX_FRUITLESS_GAPS = 3
_HEADERS = {"Accept": "text/event-stream", "Cache-Control": "no-store"}


class Following:
    """`clock` tells monotonic seconds."""

    def __init__(
        self,
        settings: ClientSettings,
        *,
        after: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.trouble: ApiError | None = None
        """Why the stream is interrupted at the moment; None while it flows."""
        self.has_ended = False
        self.cursor = after
        """Tokens that the reader has."""
        self._settings = settings
        self._clock = clock
        self._proof = Proof() if after == 0 else None
        self._checked = 0
        self._attempt = 0
        self._queued: QueuedEvent | None = None
        self._last_life = clock()
        self._tries = 0
        self._cursor_before = after

    def begin(self) -> None:
        """The reader starts to read."""
        self._last_life = self._clock()

    def headers(self) -> dict[str, str]:
        """Of the next request."""
        self._cursor_before = self.cursor
        return _HEADERS | ({"Last-Event-ID": str(self.cursor)} if self.cursor else {})

    def hear(self, *, first: bool) -> None:
        """A piece of the answer has come."""
        # A service that greets every connection and then says nothing more does not live.
        if not first:
            self._last_life = self._clock()

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """While the reader does something else: a slow reader is not a silent service."""
        left = self._clock()
        try:
            yield
        finally:
            self._last_life += self._clock() - left

    def take(self, message: httpx2.ServerSentEvent) -> Event | None:
        """The event, if it is new. Raises BrokenStoryError on a gap or on another text."""
        event = read_event(message)
        self.trouble = None
        return event if self._is_new(event) else None

    def end_with(self, job: JobView) -> TerminalEvent:
        """The API says 204, nothing to add to this cursor: the job itself tells how it ended."""
        if job.usage.completion_tokens > self.cursor:
            raise self._gap(job.usage.completion_tokens)
        event = self._ending_of(job)
        self._end()
        return event

    def pause_after(self, trouble: ApiError | None) -> float:
        """Seconds until the next connection. Raises ApiError: refused, altered text, or silence.

        Without trouble the API closed the stream before its end.
        """
        if trouble is None:
            trouble = error_of(ClientCode.DROPPED, "The stream ended before the story did.")
        self.trouble = trouble
        self._tries = 0 if self.cursor > self._cursor_before else self._tries + 1
        silence = self._clock() - self._last_life
        if not trouble.is_transient:
            raise trouble
        if silence > self._settings.stream_give_up_seconds:
            detail = f"Nothing came for {silence:.0f} seconds. {trouble.detail}"
            raise error_of(ClientCode.STALLED, detail, status=trouble.status) from trouble
        if trouble.code == ClientCode.GAP and self._tries > MAX_FRUITLESS_GAPS:
            raise trouble
        seconds = pause(self._tries, retry_after=trouble.retry_after)
        return min(seconds, self._settings.stream_give_up_seconds)

    def _is_new(self, event: Event) -> bool:
        match event:
            case TokenEvent():
                return self._take_token(event)
            case CheckpointEvent():
                return self._take_checkpoint(event)
            # A new connection tells again how things stand; the reader knows that already.
            case StartedEvent() | ResumedEvent():
                known, self._attempt = self._attempt, event.attempt
                self._queued = None
                return event.attempt > known
            case QueuedEvent():
                told, self._queued = self._queued, event
                return event != told
            case DoneEvent():
                self._take_receipt(event)
        self._end()
        return True

    def _take_token(self, token: TokenEvent) -> bool:
        if token.index <= self.cursor:
            return False
        if token.start != self.cursor:
            raise self._gap(token.start)
        self.cursor = token.index
        self._last_life = self._clock()
        if self._proof is not None:
            self._proof.add(token)
        return True

    def _take_checkpoint(self, checkpoint: CheckpointEvent) -> bool:
        if checkpoint.index > self.cursor:
            raise self._gap(checkpoint.index)
        if checkpoint.index < self.cursor or checkpoint.index == self._checked:
            return False
        if self._proof is not None:
            self._proof.require_text(checkpoint.sha256)
        self._checked = checkpoint.index
        return True

    def _take_receipt(self, done: DoneEvent) -> None:
        if done.usage.completion_tokens > self.cursor:
            raise self._gap(done.usage.completion_tokens)
        if self._proof is not None:
            self._proof.require(done.receipt)

    def _gap(self, index: int) -> ApiError:
        detail = f"Tokens are missing between {self.cursor} and {index}."
        return error_of(ClientCode.GAP, detail)

    def _ending_of(self, job: JobView) -> TerminalEvent:
        if job.status is JobStatus.CANCELLED:
            return CancelledEvent()
        if job.error is not None:
            return ErrorEvent(code=job.error.code, detail=job.error.detail)
        if job.finish_reason is None or job.receipt is None:
            detail = "The API closed the stream of an unfinished story."
            raise error_of(ClientCode.DROPPED, detail)
        if self._proof is not None:
            self._proof.require(job.receipt)
        return DoneEvent(finish_reason=job.finish_reason, usage=job.usage, receipt=job.receipt)

    def _end(self) -> None:
        self.has_ended = True
        self.trouble = None
