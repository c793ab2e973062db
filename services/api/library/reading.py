"""From rows to trees: a passage that a job writes shows what that job has written."""

from collections.abc import Collection, Mapping
from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.api.damage import read_log
from services.api.db import accepted_jobs, archived_jobs
from services.api.db.models import Passage, Story
from services.api.library.tree import Node, Tree
from services.api.views import job_view
from shared.errors import DamagedRecordError, StoreUnavailableError, UnknownStoryError
from shared.joblog import AsyncJobLog, commands
from shared.jobs import JobView
from shared.library import Told
from shared.schemas import JobStatus


async def read_story(session: AsyncSession, story_id: str, *, tenant: str) -> Story:
    """A deleted one as well. Raises UnknownStoryError, for somebody else's story too."""
    story = await session.get(Story, story_id)
    if story is None or story.tenant != tenant:
        raise UnknownStoryError("There is no story of yours with this id.")
    return story


async def read_tree(session: AsyncSession, joblog: AsyncJobLog, story_id: str) -> Tree:
    in_order = select(Passage).where(Passage.story_id == story_id).order_by(Passage.number)
    passages = list(await session.scalars(in_order))
    ids = {passage.job_id for passage in passages if passage.job_id is not None}
    archived = await archived_jobs.find_all(session, ids)
    told = {job_id: archived_jobs.archived_view(job) for job_id, job in archived.items()}
    try:
        told |= await _read_live(joblog, ids - told.keys())
    except StoreUnavailableError:
        # The library is read all the same while Redis is away.
        return Tree([_node(passage, told, None) for passage in passages])
    lost = await accepted_jobs.find_all(session, ids - told.keys())
    told |= {job_id: accepted_jobs.accepted_view(job) for job_id, job in lost.items()}
    return Tree([_node(passage, told, JobStatus.EXPIRED) for passage in passages])


async def _read_live(joblog: AsyncJobLog, ids: Collection[str]) -> dict[str, JobView]:
    jobs = await joblog.run_all([commands.read_job(job_id) for job_id in ids])
    found = [job for job in jobs if job is not None]
    views: dict[str, JobView] = {}
    for job in found:
        with suppress(DamagedRecordError):  # it is told as accepted, and written anew
            views[job.id] = job_view(job, await read_log(joblog, job), None)
    return views


def _node(passage: Passage, told: Mapping[str, JobView], unknown: JobStatus | None) -> Node:
    job = told.get(passage.job_id or "")
    text = passage.text
    if text is None:
        text = job.text if job else ""
    status = job.status if job else unknown
    return Node(
        id=passage.id,
        parent_id=passage.parent_id,
        revises_id=passage.revises_id,
        origin=passage.origin,
        text=text,
        story_seed=passage.story_seed,
        controls=passage.controls,
        created_at=passage.created_at,
        job_id=passage.job_id,
        status=status if passage.job_id else None,
        told=_told(job) if job else passage.told,
    )


def _told(job: JobView) -> Told:
    request = job.request.model_copy(update={"story_so_far": None})
    return Told(request=request, model=job.model, seed=job.seed)
