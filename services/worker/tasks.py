"""The one Celery task: turn a permit into a story and wait for its end."""

import time

import structlog
from celery import Celery

from services.worker.engine_thread import EngineThread
from services.worker.story import ModelIdentity, Story
from services.worker.watching import StoryWatch
from shared.broker import CLAIM_TASK
from shared.errors import DamagedRecordError, StoreUnavailableError
from shared.joblog import Claim, JobLog, LogEntry, commands, turns

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
        except DamagedRecordError as error:
            log.error("damaged job, left to its lease", detail=error.detail)


def write_one(joblog: JobLog, engine_thread: EngineThread, worker_id: str) -> None:
    """Claim the story whose turn it is, if any, and return once it is ended, lost or given back.

    One that hands its slot on is followed by the one that gets it.
    """
    if engine_thread.draining:
        return
    engine = engine_thread.engine
    asked_ns = time.time_ns()
    claim = joblog.run(commands.claim(engine.name, worker_id, numeric_kind=engine.numeric_kind))
    if claim is None:
        engine_thread.metrics.empty_permits.inc()
    while claim is not None:
        handed_on = _write(joblog, engine_thread, claim, asked_ns=asked_ns)
        asked_ns = time.time_ns()
        claim = turns.claim_of(handed_on)


def _write(
    joblog: JobLog, engine_thread: EngineThread, claim: Claim, *, asked_ns: int
) -> turns.Answer:
    """Answers the claim of whoever got this story's slot; None if nobody did."""
    try:
        entries = read_log(joblog, claim)
    except DamagedRecordError as error:
        log.error("damaged story left to be written anew", job_id=claim.job_id, reason=error.detail)
        joblog.run(commands.condemn(claim.job_id, claim.epoch))
        return None
    story = Story(claim, entries, ModelIdentity.of(engine_thread.engine))
    joblog.run_all(story.foresee_deadline())
    watch = StoryWatch(
        claim,
        engine_thread.metrics,
        asked_ns=asked_ns,
        written=entries[-1].token.index if entries else 0,
    )
    watch.log.info("claimed", epoch=claim.epoch)
    writing = engine_thread.begin(story, watch)
    while engine_thread.is_alive():
        if writing.ended.wait(LOOK_SECONDS):
            return writing.handed_on
    if engine_thread.failure is None and not writing.ended.is_set():
        # Claimed while the engine was leaving: it gave back what it knew of, and not this one.
        joblog.run(story.release())
    return writing.handed_on


def read_log(joblog: JobLog, claim: Claim) -> list[LogEntry]:
    """All that former owners wrote; since the claim none of them can add to it.

    Raises DamagedRecordError, also if the record says that there is more. If it says that there is
    less, the log refuses the next token.
    """
    entries: list[LogEntry] = []
    count = 0
    while count < claim.count and (
        page := joblog.run(commands.read_log(claim.job_id, after=count))
    ):
        entries += page
        count = entries[-1].token.index
    if count != claim.count:
        raise DamagedRecordError(f"The log has {count} tokens, of {claim.count}.")
    return entries
