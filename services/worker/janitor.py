"""Four times a second: take jobs from dead workers, end those that are too late to begin, and see
that no job waits without a permit.

Every worker runs one; they need no agreement, since each thing they do is atomic and repeatable.
"""

import threading
from typing import Any

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

from shared import broker
from shared.errors import ErrorCode, StoreUnavailableError
from shared.events import ErrorEvent
from shared.joblog import Command, JobLog, commands, deadlines, turns
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
        celery: Celery,
        metrics: WorkerMetrics,
        *,
        model: str,
        slots: int,
        stop: threading.Event,
    ) -> None:
        super().__init__(name="janitor", daemon=True)
        self._joblog = joblog
        self._celery = celery
        self._metrics = metrics
        self._model = model
        self._slots = slots
        self._stop_event = stop

    def run(self) -> None:
        while not self._stop_event.is_set():
            try:
                self.tidy()
            except (StoreUnavailableError, OperationalError) as error:
                log.warning("janitor could not tidy", error=str(error))
            except Exception:
                # The outermost level: without this thread no dead worker's job is ever taken up.
                log.exception("janitor could not tidy")
            self._stop_event.wait(PERIOD_SECONDS)

    def tidy(self) -> None:
        """One round. Raises StoreUnavailableError or kombu's OperationalError."""
        mending: list[Command[Any]] = [
            commands.reap(GAVE_UP),
            deadlines.expire(),
            *(turns.adopt(self._model, priority) for priority in Priority),
        ]
        counting = [commands.waiting_count(self._model, priority) for priority in Priority]
        counting.append(broker.permits_waiting(self._model))
        answers = self._joblog.run_all([*mending, *counting])
        reapings, expired = answers[:2]
        *waiting, permits = answers[len(mending) :]
        for reaped in reapings:
            log.warning("lease ran out", job_id=reaped.job_id, now=reaped.status)
            self._metrics.lease_expiries.inc()
            if reaped.status is JobStatus.FAILED:
                self._metrics.dead_letters.inc()
        for job_id in expired:
            log.info("deadline passed", job_id=job_id)
        for _ in range(min(sum(waiting) - permits, self._slots)):
            broker.send_permit(self._celery, self._model)
