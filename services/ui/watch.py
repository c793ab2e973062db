"""Reading a story's events over SSE, exactly once, through any number of dropped connections.

Knows the rules of the stream (cursor, checkpoint, terminal event), not what a reader does with it.
"""

import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterator

import httpx2

from services.ui.problems import ApiError, ClientCode, answered_problem, unreachable
from services.ui.settings import UiSettings
from services.ui.wire import HeardStream, read_event
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
    is_terminal,
)
from shared.jobs import JobView
from shared.schemas import JobStatus

FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 5.0
MAX_FRUITLESS_GAPS = 3


class Watch:
    """Iterate it once. Another thread may look at `trouble` and may `close()` it."""

    def __init__(
        self,
        http: httpx2.Client,
        path: str,
        *,
        after: int,
        settings: UiSettings,
        read_job: Callable[[], JobView],
    ) -> None:
        self.trouble: ApiError | None = None
        """Why the stream is interrupted at the moment; None while it flows."""
        self._http = http
        self._path = path
        self._settings = settings
        self._read_job = read_job
        self._cursor = after
        self._sha256 = hashlib.sha256() if after == 0 else None
        self._checked = 0
        self._attempt = 0
        self._queued: QueuedEvent | None = None
        self._ended = False
        self._closed = threading.Event()
        self._last_life = time.monotonic()

    def close(self) -> None:
        """End the iteration at the next byte (the API pings) or reconnect, without an error."""
        self._closed.set()

    def __iter__(self) -> Iterator[Event]:
        """Yield up to the terminal event. Raises ApiError: refused, altered text, or silence."""
        self._last_life = time.monotonic()
        fruitless = 0
        while not self._closed.is_set():
            cursor = self._cursor
            try:
                yield from self._one_connection()
                trouble = ApiError(ClientCode.DROPPED, "The stream ended before the story did.")
            except httpx2.RequestError as error:
                trouble = unreachable(str(self._settings.api_url), error)
            except ApiError as error:
                if not error.is_transient:
                    raise
                trouble = error
            if self._ended:
                return
            fruitless = 0 if self._cursor > cursor else fruitless + 1
            self._back_off(trouble, fruitless)

    def _one_connection(self) -> Iterator[Event]:
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if self._cursor:
            headers["Last-Event-ID"] = str(self._cursor)
        timeout = httpx2.Timeout(
            self._settings.stream_silence_seconds, connect=self._settings.connect_timeout_seconds
        )
        with self._http.stream("GET", self._path, headers=headers, timeout=timeout) as response:
            if response.status_code == httpx2.codes.NO_CONTENT:
                yield self._end(self._ending_from_job())
                return
            if not response.is_success:
                response.read()
                raise answered_problem(response)
            if not isinstance(response.stream, httpx2.SyncByteStream):
                raise TypeError("a synchronous client gives a synchronous stream")
            response.stream = HeardStream(response.stream, self._hear)
            yield from self._events(response)

    def _events(self, response: httpx2.Response) -> Iterator[Event]:
        for message in httpx2.EventSource(response):
            event = read_event(message)
            self.trouble = None
            if self._is_new(event):
                yield event
            if is_terminal(event):
                return

    def _hear(self, *, first: bool) -> None:
        # A service that greets every connection and then says nothing more does not live.
        if not first:
            self._last_life = time.monotonic()
        if self._closed.is_set():
            self._ended = True
            raise ApiError(ClientCode.DROPPED, "The reader closed the stream.")

    def _is_new(self, event: Event) -> bool:
        """Take the event in. Raises ApiError on a gap or on a text that is not the one hashed."""
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
                self._compare(event.receipt.text_sha256)
        self._end(event)
        return True

    def _take_token(self, token: TokenEvent) -> bool:
        if token.index <= self._cursor:
            return False
        if token.start != self._cursor:
            raise self._gap(token.start)
        self._cursor = token.index
        self._last_life = time.monotonic()
        if self._sha256 is not None:
            self._sha256.update(token.text.encode())
        return True

    def _take_checkpoint(self, checkpoint: CheckpointEvent) -> bool:
        if checkpoint.index > self._cursor:
            raise self._gap(checkpoint.index)
        if checkpoint.index < self._cursor or checkpoint.index == self._checked:
            return False
        self._compare(checkpoint.sha256)
        self._checked = checkpoint.index
        return True

    def _compare(self, sha256: str) -> None:
        if self._sha256 is not None and self._sha256.hexdigest() != sha256:
            raise ApiError(
                ClientCode.TEXT_MISMATCH,
                f"The text received up to token {self._cursor} is not the text that was written.",
            )

    def _gap(self, index: int) -> ApiError:
        detail = f"Tokens are missing between {self._cursor} and {index}."
        return ApiError(ClientCode.GAP, detail)

    def _end(self, event: Event) -> Event:
        self._ended = True
        self.trouble = None
        return event

    def _ending_from_job(self) -> TerminalEvent:
        """The API says 204, nothing to add to this cursor: the job itself tells how it ended."""
        job = self._read_job()
        if job.usage.completion_tokens > self._cursor:
            raise self._gap(job.usage.completion_tokens)
        if job.status is JobStatus.CANCELLED:
            return CancelledEvent()
        if job.error is not None:
            return ErrorEvent(code=job.error.code, detail=job.error.detail)
        if job.finish_reason is None or job.receipt is None:
            raise ApiError(ClientCode.DROPPED, "The API closed the stream of an unfinished story.")
        return DoneEvent(finish_reason=job.finish_reason, usage=job.usage, receipt=job.receipt)

    def _back_off(self, trouble: ApiError, fruitless: int) -> None:
        self.trouble = trouble
        silence = time.monotonic() - self._last_life
        if silence > self._settings.stream_give_up_seconds:
            detail = f"Nothing came for {silence:.0f} seconds. {trouble.detail}"
            raise ApiError(ClientCode.STALLED, detail, status=trouble.status) from trouble
        if trouble.code == ClientCode.GAP and fruitless > MAX_FRUITLESS_GAPS:
            raise trouble
        delay = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** min(fruitless, 10))
        # Half of it is chance, so that readers cut off together do not come back together.
        wait = max(trouble.retry_after or 0, delay * random.uniform(0.5, 1))
        self._closed.wait(min(wait, self._settings.stream_give_up_seconds))
