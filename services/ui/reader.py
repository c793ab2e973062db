"""A thread that reads one story in the background, so that a page only ever looks at it.

Knows no Streamlit: who opens a reader closes it.
"""

import threading
import time

import structlog

from services.ui.client import Client
from services.ui.problems import ApiError, ClientCode
from services.ui.story import Story

log = structlog.get_logger()


class Reader:
    """`story` is a value that the thread replaces whole, so looking at it needs no lock."""

    def __init__(self, client: Client, job_id: str) -> None:
        self.job_id = job_id
        self.story = Story()
        self._client = client
        self._heard_at = time.monotonic()
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

    def close(self) -> None:
        """Let the thread end. The story goes on being written."""
        self._watch.close()

    def _read(self) -> None:
        try:
            for event in self._watch:
                self._heard_at = time.monotonic()
                self.story = self._with_job(self.story.after(event))
        except ApiError as error:
            self.story = self.story.lost(error)
        except Exception:
            # Nobody waits for this thread: a page would look at its last word for ever.
            log.exception("reader failed", job=self.job_id)
            failure = ApiError(ClientCode.BAD_ANSWER, "The page could not read on.")
            self.story = self.story.lost(failure)

    def _with_job(self, story: Story) -> Story:
        if story.job is not None and not story.phase.is_final:
            return story
        try:
            return story.told_by(self._client.jobs.read(self.job_id))
        except ApiError as error:
            if not error.is_transient:
                raise
            return story
