"""The log of every job in Redis: who waits, who writes, what is written.

The only code that names Redis keys. Each change of state is one Lua script, atomic, and guarded by
the epoch of the job's owner. Knows nothing of Celery, HTTP or models.
"""

from shared.joblog import admissions, commands, deadlines, documents, kills, measures
from shared.joblog.clients import AsyncJobLog, JobLog
from shared.joblog.command import Command
from shared.joblog.records import (
    Backlog,
    Cancellation,
    Claim,
    EndedEntry,
    Job,
    LogEntry,
    Reaped,
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
    "Job",
    "JobLog",
    "LogEntry",
    "Reaped",
    "Statistics",
    "Verdict",
    "admissions",
    "commands",
    "deadlines",
    "documents",
    "kills",
    "measures",
]
