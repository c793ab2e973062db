"""What a caller can do with whole stories. Knows no HTTP."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from services.api.admission.callers import Caller
from services.api.cursors import decode_moment, encode_moment
from services.api.db.database import Database
from services.api.db.models import Passage, Story
from services.api.idempotency import Ticket
from services.api.jobs import Jobs
from services.api.library.changes import (
    change_story,
    lock_story,
    new_passage,
    new_story,
    story_of_job,
    touch,
)
from services.api.library.listing import Listing, list_stories
from services.api.library.reading import read_story, read_tree
from services.api.library.views import story_summary, story_view
from shared.errors import InvalidRequestError
from shared.library import NewStory, Origin, Renaming, StoryPage, StoryView
from shared.schemas import GenerateRequest

TITLE_CHARS = 80
"""Of the seed, where a story is given no title."""


@dataclass(frozen=True, slots=True)
class Begun:
    story: StoryView
    is_new: bool


@dataclass(frozen=True, slots=True)
class Stories:
    database: Database
    jobs: Jobs

    async def create(self, new: NewStory, *, caller: Caller, ticket: Ticket | None = None) -> Begun:
        """From a job that exists, or from one that is enqueued here, once for each ticket.

        A job begins one story: asked for another one, it answers that one, until it is deleted.
        """
        tenant = caller.tenant
        if new.job_id is not None:
            request = (await self.jobs.view(new.job_id, tenant=tenant)).request
            return await self._keep(new.title, request, new.job_id, tenant=tenant)
        assert new.request is not None, "validated: a story has a request or a job"
        seed_of(new.request)
        job_id = await self.jobs.create(new.request, caller=caller, ticket=ticket)
        return await self._keep(new.title, new.request, job_id, tenant=tenant)

    async def page(self, listing: Listing, *, cursor: str | None, limit: int) -> StoryPage:
        after = None if cursor is None else decode_moment(cursor)
        async with self.database.reading() as session:
            rows = await list_stories(session, listing, after=after, limit=limit + 1)
        shown = [story_summary(listed) for listed in rows[:limit]]
        last = shown[-1] if len(rows) > limit else None
        return StoryPage(
            stories=shown, next_cursor=encode_moment(last.updated_at, last.id) if last else None
        )

    async def read(self, story_id: str, *, tenant: str) -> StoryView:
        async with self.database.reading() as session:
            story = await read_story(session, story_id, tenant=tenant)
            tree = await read_tree(session, self.jobs.joblog, story_id)
        return story_view(story, tree)

    async def rename(
        self, story_id: str, renaming: Renaming, *, tenant: str, versions: Collection[int] | None
    ) -> StoryView:
        async with self.database.writing() as session:
            story = await change_story(session, story_id, tenant=tenant, versions=versions)
            story.title = renaming.title
        return await self.read(story_id, tenant=tenant)

    async def delete(
        self, story_id: str, *, tenant: str, versions: Collection[int] | None
    ) -> StoryView:
        """It leaves the list, and nothing of it is lost."""
        async with self.database.writing() as session:
            story = await change_story(session, story_id, tenant=tenant, versions=versions)
            story.deleted_at = time.time()
        return await self.read(story_id, tenant=tenant)

    async def restore(self, story_id: str, *, tenant: str) -> StoryView:
        """Without effect on a story that is not deleted."""
        async with self.database.writing() as session:
            story = await lock_story(session, story_id, tenant=tenant)
            if story.deleted_at is not None:
                story.deleted_at = None
                touch(story)
        return await self.read(story_id, tenant=tenant)

    async def _keep(
        self, title: str | None, request: GenerateRequest, job_id: str, *, tenant: str
    ) -> Begun:
        seed = seed_of(request)
        async with self.database.writing() as session:
            known = await story_of_job(session, job_id, tenant=tenant)
            story = known or new_story(
                session,
                tenant=tenant,
                title=title or title_of(seed),
                job_id=job_id,
            )
            if known is None:
                await session.flush()
                session.add_all(_beginning(story, seed, request, job_id))
        return Begun(await self.read(story.id, tenant=tenant), known is None)


def seed_of(request: GenerateRequest) -> str:
    """Raises InvalidRequestError for a raw prompt's, which has none."""
    if request.story_seed is None:
        raise InvalidRequestError("A story of the library begins with a seed, not a raw prompt.")
    return request.story_seed


def _beginning(story: Story, seed: str, request: GenerateRequest, job_id: str) -> list[Passage]:
    """The seed, the text that the job went on from, if any, and the passage that it writes."""
    make = partial(new_passage, story, story_seed=seed, controls=request.controls)
    passages = [make(1, parent_id=None, origin=Origin.SEED, text=seed)]
    if request.story_so_far is not None:
        text, parent = request.story_so_far, passages[-1].id
        passages.append(make(2, parent_id=parent, origin=Origin.EDIT, text=text))
    number, parent = len(passages) + 1, passages[-1].id
    passages.append(make(number, parent_id=parent, origin=Origin.MODEL, job_id=job_id))
    return passages


def title_of(seed: str) -> str:
    if len(seed) <= TITLE_CHARS:
        return seed
    return seed[: TITLE_CHARS - 1].rsplit(" ", 1)[0] + "…"
