"""Logs in Redis that are not what was written there. Knows no HTTP.

One rule: what is found damaged is given up in Redis, and submitted again from the database, by the
reconciler or by whoever asks for it next. The same tokens come again, so that readers go on behind
those they have.
"""

from collections.abc import Sequence

import structlog

from shared.errors import DamagedRecordError
from shared.events import DoneEvent
from shared.hashes import StoryHashes
from shared.joblog import AsyncJobLog, Job, LogEntry, commands
from shared.sampling import MAX_NEW_TOKENS

_log = structlog.get_logger(__name__)


async def read_log(
    joblog: AsyncJobLog, job: Job, *, after: int = 0, limit: int = MAX_NEW_TOKENS + 1
) -> list[LogEntry]:
    """What is behind a cursor in the log of a job, whose record was read before.

    Raises DamagedRecordError if it is not what the record says; the record is then given up.
    """
    try:
        entries = await joblog.run(commands.read_log(job.id, after=after, limit=limit))
        if job.status.is_terminal and len(entries) < limit:
            _require_end(job, entries, after)
    except DamagedRecordError as error:
        if await joblog.run(commands.condemn(job.id, job.epoch)):
            _log.error("damaged story is written anew", job_id=job.id, reason=error.detail)
        raise
    return entries


def _require_end(job: Job, entries: Sequence[LogEntry], after: int) -> None:
    """Of an ended job; the hashes can be told where all of the log was read."""
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
