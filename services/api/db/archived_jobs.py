"""Ended jobs in the database: kept, and found again once Redis has forgotten them."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, undefer

from services.api.db.columns import LoggedToken
from services.api.db.database import insert
from services.api.db.models import ArchivedJob
from services.api.views import job_links, job_view
from shared.events import CheckpointEvent, TokenEvent
from shared.joblog import Job, LogEntry
from shared.jobs import JobView


def keep(session: Session, job: Job, entries: list[LogEntry]) -> None:
    """Insert the job, or bring it up to date.

    An end is not always the last one: a Redis that crashed may have forgotten its last second, a
    cancellation among it, and then the job goes on.
    """
    values = _values(job, entries)
    inserted = insert(session, ArchivedJob).values(id=job.id, **values)
    session.execute(inserted.on_conflict_do_update(index_elements=["id"], set_=values))


async def find(session: AsyncSession, job_id: str, *, tenant: str) -> ArchivedJob | None:
    """None for somebody else's job as well."""
    job = await session.get(ArchivedJob, job_id)
    return job if job is not None and job.tenant == tenant else None


async def find_whole(session: AsyncSession, job_id: str, *, tenant: str) -> ArchivedJob | None:
    """As `find`, with its log."""
    job = await session.get(ArchivedJob, job_id, options=[undefer(ArchivedJob.log)])
    return job if job is not None and job.tenant == tenant else None


async def find_all(session: AsyncSession, ids: Collection[str]) -> dict[str, ArchivedJob]:
    if not ids:
        return {}
    found = await session.scalars(select(ArchivedJob).where(ArchivedJob.id.in_(ids)))
    return {job.id: job for job in found}


def archived_view(job: ArchivedJob) -> JobView:
    """The job as the API answered it when it had just ended."""
    return JobView(
        id=job.id,
        status=job.status,
        text=job.text,
        attempts=job.attempts,
        pickups=job.pickups or [],
        usage=job.usage,
        finish_reason=job.finish_reason,
        receipt=job.receipt,
        error=job.error,
        request=job.request,
        model=job.model,
        seed=job.seed,
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        links=job_links(job.id),
    )


def archived_log(log: Iterable[LoggedToken]) -> list[LogEntry]:
    """The log as the job's worker wrote it."""
    entries: list[LogEntry] = []
    index = 0
    for text, ids, sha256, logprobs in log:
        index += len(ids)
        checkpoint = CheckpointEvent(index=index, sha256=sha256) if sha256 else None
        token = TokenEvent(index=index, text=text, ids=ids, logprobs=logprobs)
        entries.append(LogEntry(token, checkpoint))
    return entries


def _logged(entry: LogEntry) -> LoggedToken:
    token, checkpoint = entry.token, entry.checkpoint
    sha256 = checkpoint.sha256 if checkpoint else None
    return LoggedToken(token.text, token.ids, sha256, token.logprobs)


def _values(job: Job, entries: Sequence[LogEntry]) -> dict[str, object]:
    view = job_view(job, entries, None)
    return {
        "tenant": job.tenant,
        "model": job.model,
        "status": job.status,
        "text": view.text,
        "log": [_logged(entry) for entry in entries],
        "prompt": job.spec.prompt,
        "seed": view.seed,
        "request": view.request,
        "attempts": view.attempts,
        "pickups": view.pickups,
        "usage": view.usage,
        "finish_reason": view.finish_reason,
        "receipt": view.receipt,
        "error": view.error,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
    }
