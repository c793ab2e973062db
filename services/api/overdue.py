"""Ends begun stories whose deadline has passed in nobody's hands, as their worker would have."""

from collections.abc import Sequence

import structlog

from services.api.damage import read_log
from services.api.views import is_cut
from shared.errors import DamagedRecordError
from shared.events import DoneEvent, TerminalEvent
from shared.hashes import StoryHashes
from shared.joblog import AsyncJobLog, Job, LogEntry, commands, deadlines
from shared.jobs import Usage
from shared.schemas import JobStatus

_log = structlog.get_logger(__name__)


async def end_overdue(joblog: AsyncJobLog, job_ids: Sequence[str]) -> None:
    for job_id in job_ids:
        try:
            await _end(joblog, job_id)
        except DamagedRecordError as error:
            _log.error("overdue story not ended", job_id=job_id, reason=error.detail)


async def _end(joblog: AsyncJobLog, job_id: str) -> None:
    job = await joblog.run(commands.read_job(job_id))
    if job is None:
        return
    entries = await read_log(joblog, job)
    if is_cut(job, entries):
        return
    if job.late_ending is not None:
        done = _as_written(job.late_ending, job, entries)
        await _conclude(joblog, job, JobStatus.SUCCEEDED, done)
    elif job.count == 0:
        # Its worker was lost before it had taken the story in hand.
        await _conclude(joblog, job, JobStatus.EXPIRED, deadlines.TOO_LATE)
    # What a worker of a version before has begun is left to the workers.


async def _conclude(
    joblog: AsyncJobLog, job: Job, status: JobStatus, ending: TerminalEvent
) -> None:
    if await joblog.run(deadlines.conclude(job, status, ending)):
        _log.info("deadline passed", job_id=job.id, tokens=job.count)


def _as_written(foreseen: DoneEvent, job: Job, entries: Sequence[LogEntry]) -> DoneEvent:
    hashes = StoryHashes()
    for entry in entries:
        hashes.add(entry.token.text, entry.token.ids)
    proven = {"text_sha256": hashes.text_sha256, "tokens_sha256": hashes.tokens_sha256}
    return foreseen.model_copy(
        update={
            "usage": Usage(prompt_tokens=job.prompt_tokens, completion_tokens=job.count),
            "receipt": foreseen.receipt.model_copy(update=proven),
        }
    )
