"""Four times a second: take jobs from dead workers, end those that are too late to begin, and see
that no job waits without a permit.

Every worker runs one; they need no agreement, since each thing they do is atomic and repeatable.
"""

import threading
from typing import Any

import structlog

from shared.broker import Permits, permits_waiting
from shared.errors import ErrorCode, StoreUnavailableError
from shared.events import ErrorEvent
from shared.joblog import Command, JobLog, commands, deadlines
from shared.metrics import WorkerMetrics
from shared.schemas import JobStatus, Priority

log = structlog.get_logger()
PERIOD_SECONDS = 0.25
GAVE_UP = ErrorEvent(
    code=ErrorCode.TOO_MANY_ATTEMPTS,
    detail="The story was started several times and each time its worker was lost.",
)


class Janitor(threading.Thread):
    def __init__(
        self,
        joblog: JobLog,
        permits: Permits,
        metrics: WorkerMetrics,
        *,
        model: str,
        slots: int,
        stop: threading.Event,
    ) -> None:
        super().__init__(name="janitor", daemon=True)
        self._joblog = joblog
        self._permits = permits
        self._metrics = metrics
        self._model = model
        self._slots = slots
        self._stop_event = stop

    def run(self) -> None:
        while not self._stop_event.is_set():
            try:
                self.tidy()
            except StoreUnavailableError as error:
                log.warning("janitor could not tidy", error=str(error))
            except Exception:
                # The outermost level: without this thread no dead worker's job is ever taken up.
                log.exception("janitor could not tidy")
            self._stop_event.wait(PERIOD_SECONDS)

    def tidy(self) -> None:
        """One round. Raises StoreUnavailableError."""
        mending: list[Command[Any]] = [commands.reap(GAVE_UP), deadlines.expire()]
        counting = [commands.waiting_count(self._model, priority) for priority in Priority]
        counting.append(permits_waiting(self._model))
        reapings, expired, *waiting, issued = self._joblog.run_all([*mending, *counting])
        for reaped in reapings:
            log.warning("lease ran out", job_id=reaped.job_id, now=reaped.status)
            self._metrics.lease_expiries.inc()
            if reaped.status is JobStatus.FAILED:
                self._metrics.dead_letters.inc()
        for job_id in expired:
            log.info("deadline passed", job_id=job_id)
        lacking = min(sum(waiting) - issued, self._slots)
        self._joblog.run_all([self._permits.issue(self._model) for _ in range(lacking)])
