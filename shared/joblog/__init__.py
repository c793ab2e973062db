"""The log of every job in Redis: who waits, who writes, what is written.

The only code that names Redis keys. Each change of state is one Lua script, atomic, and guarded by
the epoch of the job's owner. Knows nothing of Celery, HTTP or models.
"""

from shared.joblog import (
    admissions,
    archiving,
    commands,
    deadlines,
    documents,
    kills,
    measures,
    turns,
)
from shared.joblog.clients import AsyncJobLog, JobLog
from shared.joblog.command import Command
from shared.joblog.records import (
    Backlog,
    Cancellation,
    Claim,
    EndedEntry,
    Estimated,
    Foretold,
    Job,
    LogEntry,
    Reaped,
    Standing,
    Statistics,
    Verdict,
)

__all__ = [
    "AsyncJobLog",
    "Backlog",
    "Cancellation",
    "Claim",
    "Command",
    "EndedEntry",
    "Estimated",
    "Foretold",
    "Job",
    "JobLog",
    "LogEntry",
    "Reaped",
    "Standing",
    "Statistics",
    "Verdict",
    "admissions",
    "archiving",
    "commands",
    "deadlines",
    "documents",
    "kills",
    "measures",
    "turns",
]
