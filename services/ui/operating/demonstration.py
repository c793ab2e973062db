"""A thread that writes one story twice and kills the worker of the second telling.

Knows no Streamlit: who opens a demonstration closes it.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import structlog

from services.ui.operating.trial import Trial
from services.ui.story import Phase
from shared.client import Client, Watch
from shared.client.errors import ApiError, ClientCode
from shared.errors import ErrorCode
from shared.events import Event, ResumedEvent, StartedEvent
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest, Length, StoryControls

log = structlog.get_logger()

REQUEST = GenerateRequest(
    story_seed="A clockmaker who mends the hour that the town has lost",
    controls=StoryControls(length=Length.LONG),
    sampling=SamplingParams(seed=1),
)


class Demonstration:
    """`trial` is a value that the thread replaces whole, so looking at it needs no lock."""

    def __init__(self, client: Client, *, request: GenerateRequest = REQUEST) -> None:
        self.trial = Trial()
        self._client = client
        self._request = request
        self._watch: Watch | None = None
        self._closed = False
        threading.Thread(target=self._run, name="demonstration", daemon=True).start()

    def close(self) -> None:
        """Let the thread end. A story that is being written goes on."""
        self._closed = True
        if self._watch is not None:
            self._watch.close()

    def _run(self) -> None:
        try:
            self._write_twice()
        except ApiError as error:
            self.trial = replace(self.trial, error=error)
        except Exception:
            # Nobody waits for this thread: a page would look at its last word for ever.
            log.exception("demonstration failed")
            failure = ApiError(ClientCode.BAD_ANSWER, "The demonstration could not go on.")
            self.trial = replace(self.trial, error=failure)

    def _write_twice(self) -> None:
        for event in self._events(self._new_job()):
            self.trial = self.trial.after_peaceful(event)
        story = self.trial.peaceful
        if story.phase is not Phase.DONE:
            detail = "The first telling did not come to its end."
            raise story.error or ApiError(ErrorCode.GENERATION_FAILED, detail)
        job_id = self._new_job()
        for event in self._events(job_id):
            self.trial = self.trial.after_retold(event, at=time.monotonic())
            if self.trial.wants_kill:
                self._kill()
            elif isinstance(event, ResumedEvent):
                self._name_successor(job_id)

    def _new_job(self) -> str:
        return self._client.jobs.create(self._request).id

    def _events(self, job_id: str) -> Iterator[Event]:
        """What happens to the story until it ends or the page is closed."""
        self._watch = self._client.jobs.watch(job_id)
        if not self._closed:
            yield from self._watch

    def _kill(self) -> None:
        worker = self.trial.worker
        assert worker is not None
        self._client.operations.kill_worker(worker)
        self.trial = replace(self.trial, is_killed=True)

    def _name_successor(self, job_id: str) -> None:
        pickup = self.trial.pickup
        if pickup is not None and self.trial.retold is not None:
            tokens = self.trial.retold.tokens
            named = replace(pickup, worker=self._owner(job_id, after=tokens))
            self.trial = replace(self.trial, pickup=named)

    def _owner(self, job_id: str, *, after: int) -> str | None:
        """A reader that comes now is told who writes; one that saw the change is not."""
        with contextlib.suppress(ApiError):
            for event in self._client.jobs.watch(job_id, after=after):
                return event.worker if isinstance(event, StartedEvent) else None
        return None
