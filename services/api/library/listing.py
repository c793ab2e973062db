"""Which stories are in a list, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.api.db.columns import StoredText, escape_nul
from services.api.db.models import ArchivedJob, Passage, Story
from shared.library import BEGINNING_CHARS


@dataclass(frozen=True, slots=True)
class Listing:
    """The caller's stories, or those among the deleted ones; with `search` only where it occurs."""

    tenant: str
    deleted: bool = False
    search: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A story and what its list says of its passages."""

    story: Story
    seed: str
    passages: int
    beginning: str


async def list_stories(
    session: AsyncSession, listing: Listing, *, after: tuple[float, str] | None, limit: int
) -> Sequence[Listed]:
    """Last changed first, behind the one that `after` names."""
    root, first, job = aliased(Passage), aliased(Passage), aliased(ArchivedJob)
    query = (
        select(Story, root.story_seed, _last_number(), _beginning(first, job))
        .join(root, and_(root.story_id == Story.id, root.number == 1))
        .outerjoin(first, and_(first.story_id == Story.id, first.number == 2))
        .outerjoin(job, job.id == first.job_id)
        .where(Story.tenant == listing.tenant)
        .where(Story.deleted_at.is_not(None) if listing.deleted else Story.deleted_at.is_(None))
        .order_by(Story.updated_at.desc(), Story.id.desc())
        .limit(limit)
    )
    if listing.search:
        query = query.where(_holds(listing.search))
    if after is not None:
        time, story_id = after
        older = Story.updated_at < time
        query = query.where(or_(older, and_(Story.updated_at == time, Story.id < story_id)))
    return [
        Listed(story, seed, passages, (beginning or "")[:BEGINNING_CHARS])
        for story, seed, passages, beginning in await session.execute(query)
    ]


def _last_number() -> ScalarSelect[int]:
    """How many passages a story has: they are counted as they are made, and none is ever lost."""
    passage = aliased(Passage)
    return select(func.max(passage.number)).where(passage.story_id == Story.id).scalar_subquery()


def _beginning(passage: type[Passage], job: type[ArchivedJob]) -> ColumnElement[str | None]:
    """Of its text or its job's, twice as much as is shown: one character may be stored as two."""
    text = func.coalesce(passage.text, job.text)
    return func.substr(text, 1, 2 * BEGINNING_CHARS, type_=StoredText())


def _holds(search: str) -> ColumnElement[bool]:
    """Whether a title, a seed or a passage holds these words, in capitals or not."""
    words = escape_nul(search.lower())
    text = func.coalesce(Passage.text, ArchivedJob.text)
    matching = (
        select(Passage.id)
        .join(ArchivedJob, ArchivedJob.id == Passage.job_id, isouter=True)
        .where(Passage.story_id == Story.id)
        .where(
            or_(
                func.lower(Passage.story_seed).contains(words, autoescape=True),
                func.lower(text).contains(words, autoescape=True),
            )
        )
    )
    return or_(func.lower(Story.title).contains(words, autoescape=True), matching.exists())
