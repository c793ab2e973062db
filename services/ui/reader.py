"""A thread that reads one story in the background, so that a page only ever looks at it.

Knows no Streamlit: who opens a reader closes it.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import structlog

from services.ui.story import Story
from shared.client import Client
from shared.client.errors import ApiError, ClientCode

log = structlog.get_logger()

ASK_AGAIN_SECONDS = 2.0


class Reader:
    """`story` is a value that the thread replaces whole, so looking at it needs no lock."""

    def __init__(self, client: Client, job_id: str) -> None:
        self.job_id = job_id
        self.story = Story()
        self._client = client
        self._heard_at = time.monotonic()
        self._ask_again_at = 0.0
        self._listeners: tuple[Callable[[], object], ...] = ()
        self._lock = threading.Lock()
        self._watch = client.jobs.watch(job_id)
        threading.Thread(target=self._read, name=f"reader-{job_id}", daemon=True).start()

    @property
    def trouble(self) -> ApiError | None:
        """Why nothing comes at the moment, if the connection is the reason."""
        return self._watch.trouble

    @property
    def silent_seconds(self) -> float:
        """How long no event has come; pings are none."""
        return time.monotonic() - self._heard_at

    @contextlib.contextmanager
    def listening(self, listener: Callable[[], object]) -> Iterator[None]:
        """Call it, from the reader's thread, whenever the story has changed."""
        with self._lock:
            self._listeners += (listener,)
        try:
            yield
        finally:
            with self._lock:
                self._listeners = tuple(each for each in self._listeners if each is not listener)

    def close(self) -> None:
        """Let the thread end. The story goes on being written."""
        self._watch.close()

    def _read(self) -> None:
        try:
            for event in self._watch:
                self._heard_at = time.monotonic()
                self._tell(self._with_job(self.story.after(event)))
        except ApiError as error:
            self._tell(self.story.lost(error))
        except Exception:
            # Nobody waits for this thread: a page would look at its last word for ever.
            log.exception("reader failed", job=self.job_id)
            failure = ApiError(ClientCode.BAD_ANSWER, "The page could not read on.")
            self._tell(self.story.lost(failure))

    def _tell(self, story: Story) -> None:
        self.story = story
        with self._lock:
            for listener in self._listeners:
                listener()

    def _with_job(self, story: Story) -> Story:
        """What came at once must not wait for an API that is away, each event anew."""
        is_early = story.job is not None or time.monotonic() < self._ask_again_at
        if is_early and not story.phase.is_final:
            return story
        try:
            return story.told_by(self._client.jobs.read(self.job_id))
        except ApiError as error:
            if not error.is_transient:
                raise
            self._ask_again_at = time.monotonic() + ASK_AGAIN_SECONDS
            return story
