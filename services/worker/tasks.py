"""The one Celery task: turn a permit into a story and wait for its end."""

import time

import structlog
from celery import Celery

from services.worker.engine_thread import EngineThread
from services.worker.story import Story
from services.worker.watching import StoryWatch
from shared.broker import CLAIM_TASK
from shared.errors import StoreUnavailableError
from shared.joblog import Claim, JobLog, LogEntry, commands

log = structlog.get_logger()
LOOK_SECONDS = 1.0


def register(celery: Celery, joblog: JobLog, engine_thread: EngineThread, worker_id: str) -> None:
    """Give the application its task, bound to this worker's engine."""

    @celery.task(name=CLAIM_TASK)
    def claim() -> None:
        try:
            write_one(joblog, engine_thread, worker_id)
        except StoreUnavailableError as error:
            # Nothing is lost: the job still waits, or its lease runs out; janitors see to both.
            log.warning("permit not used", detail=error.detail)


def write_one(joblog: JobLog, engine_thread: EngineThread, worker_id: str) -> None:
    """Claim the first waiting story, if any, and return once it is ended, lost or given back."""
    if engine_thread.draining:
        return
    engine = engine_thread.engine
    asked_ns = time.time_ns()
    claim = joblog.run(commands.claim(engine.name, worker_id, numeric_kind=engine.numeric_kind))
    if claim is None:
        engine_thread.metrics.empty_permits.inc()
        return
    entries = read_log(joblog, claim)
    watch = StoryWatch(
        claim,
        engine_thread.metrics,
        asked_ns=asked_ns,
        written=entries[-1].token.index if entries else 0,
    )
    watch.log.info("claimed", epoch=claim.epoch)
    story = Story(claim, entries, engine_thread.identity())
    ended = engine_thread.begin(story, watch)
    while engine_thread.is_alive():
        if ended.wait(LOOK_SECONDS):
            return
    if engine_thread.failure is None and not ended.is_set():
        # Claimed while the engine was leaving: it gave back what it knew of, and not this one.
        joblog.run(story.release())


def read_log(joblog: JobLog, claim: Claim) -> list[LogEntry]:
    """All that former owners wrote; since the claim none of them can add to it."""
    entries: list[LogEntry] = []
    while page := joblog.run(
        commands.read_log(claim.job_id, after=entries[-1].token.index if entries else 0)
    ):
        entries += page
    return entries
