"""Logs in Redis that are not what was written there. Knows no HTTP.

One rule: what is found damaged is given up in Redis, and submitted again from the database, by the
reconciler or by whoever asks for it next. The same tokens come again, so that readers go on behind
those they have.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import structlog

from shared.errors import DamagedRecordError
from shared.events import DoneEvent
from shared.hashes import StoryHashes
from shared.joblog import AsyncJobLog, Command, Job, LogEntry, commands
from shared.sampling import MAX_NEW_TOKENS
from shared.schemas import JobStatus

_log = structlog.get_logger(__name__)


async def read_record(
    joblog: AsyncJobLog, job_id: str, *, after: int, limit: int
) -> tuple[Job, list[LogEntry]] | None:
    """A job and what is behind a cursor in its log, in one round trip; None if there is no such
    job. The log is read after the record: if that says that the job has ended, it is whole.

    Raises as `read_log` does.
    """
    asked: list[Command[Any]] = [
        commands.read_job(job_id),
        commands.read_log(job_id, after=after, limit=limit),
    ]
    try:
        job, entries = await joblog.run_all(asked)
    except DamagedRecordError:  # of one of them
        job = await joblog.run(commands.read_job(job_id))
        entries = None if job is None else await read_log(joblog, job, after=after, limit=limit)
    else:
        if job is not None:
            async with _giving_up(joblog, job):
                _require_whole(job, entries, after=after, limit=limit)
    return None if job is None else (job, entries)


def was_begun_between(job: Job, entries: Sequence[LogEntry]) -> bool:
    """Whether the record is older than the log: its start would be told behind its first tokens."""
    is_queued = job.status is JobStatus.QUEUED
    return is_queued and bool(entries) and entries[-1].token.index > job.count


async def read_log(
    joblog: AsyncJobLog, job: Job, *, after: int = 0, limit: int = MAX_NEW_TOKENS + 1
) -> list[LogEntry]:
    """What is behind a cursor in the log of a job, whose record was read before.

    Raises DamagedRecordError if it is not what the record says; the record is then given up.
    """
    async with _giving_up(joblog, job):
        entries = await joblog.run(commands.read_log(job.id, after=after, limit=limit))
        _require_whole(job, entries, after=after, limit=limit)
    return entries


@contextlib.asynccontextmanager
async def _giving_up(joblog: AsyncJobLog, job: Job) -> AsyncIterator[None]:
    """What is found damaged in there."""
    try:
        yield
    except DamagedRecordError as error:
        if await joblog.run(commands.condemn(job.id, job.epoch)):
            _log.error("damaged story is written anew", job_id=job.id, reason=error.detail)
        raise


def _require_whole(job: Job, entries: Sequence[LogEntry], *, after: int, limit: int) -> None:
    """The end of an ended job's; the hashes can be told where all of the log was read."""
    if not job.status.is_terminal or len(entries) >= limit:
        return
    if job.ending is None or (entries[-1].token.index if entries else after) < job.count:
        raise DamagedRecordError("The log of this story lacks its end.")
    if after or not isinstance(job.ending, DoneEvent):
        return
    hashes = StoryHashes()
    for entry in entries:
        hashes.add(entry.token.text, entry.token.ids)
    receipt, count = job.ending.receipt, entries[-1].token.index if entries else 0
    if (
        count != job.ending.usage.completion_tokens
        or receipt.text_sha256 != hashes.text_sha256
        or receipt.tokens_sha256 not in (None, hashes.tokens_sha256)
    ):
        raise DamagedRecordError("The log of this story is not what its receipt says.")
