"""Changing a story's rows: one owner, one version after the other. Knows no jobs."""

import time
import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.api.db.database import lock
from services.api.db.models import Passage, Story
from shared.errors import UnknownStoryError, VersionStaleError
from shared.library import Origin, Told
from shared.schemas import StoryControls


def new_story(
    session: AsyncSession, *, tenant: str, title: str, job_id: str | None = None
) -> Story:
    now = time.time()
    story = Story(
        id=uuid.uuid4().hex,
        tenant=tenant,
        title=title,
        job_id=job_id,
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(story)
    return story


async def story_of_job(session: AsyncSession, job_id: str, *, tenant: str) -> Story | None:
    """The first of the caller's stories that began with this job and are not deleted.

    Nobody begins another one until this transaction ends.
    """
    await lock(session, f"story of {job_id}")
    began = (
        select(Story)
        .where(Story.job_id == job_id, Story.tenant == tenant, Story.deleted_at.is_(None))
        .order_by(Story.created_at, Story.id)
        .limit(1)
    )
    story: Story | None = await session.scalar(began)
    return story


async def passage_of_job(session: AsyncSession, story_id: str, job_id: str) -> Passage | None:
    """The story's first passage that this job tells.

    Nobody adds another one until this transaction ends.
    """
    await lock(session, f"passage of {job_id}")
    told = (
        select(Passage)
        .where(Passage.story_id == story_id, Passage.job_id == job_id)
        .order_by(Passage.number)
        .limit(1)
    )
    passage: Passage | None = await session.scalar(told)
    return passage


async def lock_story(session: AsyncSession, story_id: str, *, tenant: str) -> Story:
    """Nobody else changes it until this transaction ends. A deleted one as well.

    Raises UnknownStoryError, for somebody else's story too.
    """
    story = await session.get(Story, story_id, with_for_update=True)
    if story is None or story.tenant != tenant:
        raise UnknownStoryError("There is no story of yours with this id.")
    return story


async def change_story(
    session: AsyncSession, story_id: str, *, tenant: str, versions: Collection[int] | None = None
) -> Story:
    """Lock it for a change that makes its next version.

    Raises VersionStaleError if its version is none of those that the caller has seen.
    """
    story = await lock_story(session, story_id, tenant=tenant)
    if story.deleted_at is not None:
        raise UnknownStoryError("This story is deleted; restore it first.")
    if versions is not None and story.version not in versions:
        raise VersionStaleError(
            f"The story is at version {story.version} by now; read it again, then change it."
        )
    touch(story)
    return story


def touch(story: Story) -> None:
    story.version += 1
    story.updated_at = time.time()


def new_passage(
    story: Story,
    number: int,
    *,
    parent_id: str | None,
    origin: Origin,
    story_seed: str,
    controls: StoryControls,
    revises_id: str | None = None,
    text: str | None = None,
    job_id: str | None = None,
    told: Told | None = None,
) -> Passage:
    """Without a text it shows what its job writes. Only without a job it says how it was told."""
    return Passage(
        id=uuid.uuid4().hex,
        story_id=story.id,
        parent_id=parent_id,
        revises_id=revises_id,
        number=number,
        origin=origin,
        text=text,
        story_seed=story_seed,
        controls=controls,
        job_id=job_id,
        told=told,
        created_at=time.time(),
    )


async def copy_below(session: AsyncSession, passage: Passage, ids: Sequence[str]) -> None:
    """These, each the child of the one before it, again below a passage that was just added."""
    rows = await session.scalars(select(Passage).where(Passage.id.in_(ids)))
    originals = {row.id: row for row in rows}
    for id in ids:
        original = originals[id]
        passage = Passage(
            id=uuid.uuid4().hex,
            story_id=passage.story_id,
            parent_id=passage.id,
            revises_id=original.id,
            number=passage.number + 1,
            origin=original.origin,
            text=original.text,
            story_seed=original.story_seed,
            controls=original.controls,
            job_id=original.job_id,
            told=original.told,
            created_at=time.time(),
        )
        session.add(passage)


async def next_number(session: AsyncSession, story: Story) -> int:
    """For the passage after the last one, of a story that is locked."""
    of_story = select(func.max(Passage.number)).where(Passage.story_id == story.id)
    return (await session.scalar(of_story) or 0) + 1
