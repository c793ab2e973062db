"""Which stories are in a list, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.api.db.columns import escape_nul
from services.api.db.models import ArchivedJob, Passage, Story


@dataclass(frozen=True, slots=True)
class Listing:
    """The caller's stories, or those among the deleted ones; with `search` only where it occurs."""

    tenant: str
    deleted: bool = False
    search: str | None = None


async def list_stories(
    session: AsyncSession, listing: Listing, *, after: tuple[float, str] | None, limit: int
) -> Sequence[tuple[Story, str]]:
    """Stories with their seeds, last changed first, behind the one that `after` names."""
    root = aliased(Passage)
    query = (
        select(Story, root.story_seed)
        .join(root, and_(root.story_id == Story.id, root.number == 1))
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
    return [(story, seed) for story, seed in await session.execute(query)]


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
