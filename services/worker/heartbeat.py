"""Every 0.6 seconds: say that this worker lives, renew its leases, drop what it has lost.

In development it also dies if somebody wants to see that.
"""

import os
import signal
import threading
import time
from pathlib import Path

import structlog

from services.worker.engine_thread import EngineThread
from services.worker.publishing import Publisher
from shared.errors import StoreUnavailableError
from shared.joblog import JobLog, commands, kills
from shared.operations import WorkerInfo

log = structlog.get_logger()
PERIOD_SECONDS = 0.6
STUCK_SECONDS = 30.0
"""An engine that has not finished a step for so long gets no more leases: others take over."""


class Heartbeat(threading.Thread):
    def __init__(
        self,
        joblog: JobLog,
        engine_thread: EngineThread,
        *,
        publisher: Publisher,
        worker_id: str,
        stop: threading.Event,
        quantum: int = 0,
        can_be_killed: bool = False,
        alive_path: Path | None = None,
    ) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._joblog = joblog
        self._engine_thread = engine_thread
        self._publisher = publisher
        self._worker_id = worker_id
        self._stop_event = stop
        self._quantum = quantum
        self._can_be_killed = can_be_killed
        self._alive_path = alive_path

    def run(self) -> None:
        while not self._stop_event.is_set():
            try:
                # First, so that the model of a registered worker is known.
                self._publisher.publish()
                self.beat()
                if self._can_be_killed:
                    self._die_if_ordered()
            except StoreUnavailableError as error:
                log.warning("heartbeat not heard", detail=error.detail)
            except Exception:
                # The outermost level: without this thread every story would be taken away.
                log.exception("heartbeat failed")
            self._show_life()
            self._stop_event.wait(PERIOD_SECONDS)

    def beat(self) -> None:
        """Register and renew. Raises StoreUnavailableError."""
        stories = {
            (story.job_id, story.claim.epoch): story for story in self._engine_thread.in_hand()
        }
        info = self._info(len(stories))
        if self._is_stuck():
            log.error("engine is stuck; leases are not renewed", stories=len(stories))
            return
        pace = self._engine_thread.rate.take_full() / info.slots
        beat = commands.heartbeat(info, list(stories), quantum=self._quantum, pace=pace)
        for lost in self._joblog.run(beat):
            self._engine_thread.abort(stories[lost].key)

    def _show_life(self) -> None:
        """For whoever restarts what does not live; a stuck engine does not."""
        if self._alive_path and not self._is_stuck():
            try:
                self._alive_path.touch()
            except OSError as error:
                log.error("life not shown", reason=str(error))

    def _is_stuck(self) -> bool:
        return time.monotonic() - self._engine_thread.last_progress > STUCK_SECONDS

    def _die_if_ordered(self) -> None:
        if self._joblog.run(kills.take(self._worker_id)):
            log.warning("killed on request")
            os.kill(os.getpid(), signal.SIGKILL)

    def _info(self, running: int) -> WorkerInfo:
        engine = self._engine_thread.engine
        return WorkerInfo(
            id=self._worker_id,
            model=engine.name,
            model_sha256=engine.model_sha256,
            numeric_kind=engine.numeric_kind,
            context_length=engine.context_length,
            slots=engine.max_batch,
            running=running,
            tokens_per_second=self._engine_thread.rate.value,
        )
