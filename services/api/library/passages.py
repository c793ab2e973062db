"""How a story grows: told further, told again, branched, edited. Nothing is ever overwritten."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from services.api.admission.callers import Caller
from services.api.db.database import Database
from services.api.idempotency import Ticket
from services.api.jobs import Jobs
from services.api.library.changes import (
    change_story,
    copy_below,
    new_passage,
    next_number,
    passage_of_job,
)
from services.api.library.files import MAX_PASSAGES
from services.api.library.reading import read_story, read_tree
from services.api.library.tellings import request_for
from services.api.library.tree import Node, Tree
from services.api.library.views import passage_view
from services.api.quotes import Quotes
from shared.errors import InvalidRequestError, UnfinishedError, UnknownStoryError
from shared.library import Branching, Edit, Origin, PassageView, Telling
from shared.quotes import Quote
from shared.schemas import GenerateRequest, JobStatus


@dataclass(frozen=True, slots=True)
class Place:
    """A passage of somebody's story."""

    story_id: str
    passage_id: str
    caller: Caller

    @property
    def tenant(self) -> str:
        return self.caller.tenant


@dataclass(frozen=True, slots=True)
class Made:
    """A new passage, and the version of its story that has it."""

    passage: PassageView
    version: int


@dataclass(frozen=True, slots=True)
class Passages:
    database: Database
    jobs: Jobs
    quotes: Quotes

    async def tell_on(self, place: Place, telling: Telling, ticket: Ticket | None = None) -> Made:
        """A child that a new job writes; the seed's children begin the story."""
        tree = await self._tree(place)
        parent = tree.node(place.passage_id)
        request = request_for(telling, tree, parent=parent, like=parent)
        return await self._tell(place, request, ticket, parent=parent, like=parent)

    async def quote(self, place: Place, telling: Telling) -> Quote:
        """What `tell_on` would do, without doing it."""
        tree = await self._tree(place)
        parent = tree.node(place.passage_id)
        request = request_for(telling, tree, parent=parent, like=parent)
        quote = await self.quotes.asked(request, caller=place.caller)
        dropped = len(tree.text_to(parent)) - len(request.story_so_far or "")
        return quote.model_copy(update={"dropped_chars": quote.dropped_chars + dropped})

    async def retry(self, place: Place, telling: Telling, ticket: Ticket | None = None) -> Made:
        """A sibling, told as this one was but under another seed."""
        tree = await self._tree(place)
        node, parent = _with_parent(tree, place)
        request = request_for(telling, tree, parent=parent, like=node)
        return await self._tell(place, request, ticket, parent=parent, like=node)

    async def branch(
        self, place: Place, branching: Branching, *, versions: Collection[int] | None
    ) -> Made:
        """A sibling that holds the text up to a character, to go on from there."""
        node, _ = _with_parent(await self._tree(place), place)
        if branching.at > len(node.text):
            raise InvalidRequestError(
                f"at is {branching.at}, but the passage has {len(node.text)} characters."
            )
        text = node.text[: branching.at]
        branch = replace(node, revises_id=node.id, text=text)
        return await self._add(place, branch, text=text, versions=versions)

    async def edit(self, place: Place, edit: Edit, *, versions: Collection[int] | None) -> Made:
        """A sibling with the caller's text, and copies of what followed as far as is asked for."""
        tree = await self._tree(place)
        node, _ = _with_parent(tree, place)
        following = [] if edit.through is None else _following(tree, node, edit.through)
        _require_room(tree, 1 + len(following))
        edited = replace(
            node,
            revises_id=node.id,
            origin=Origin.EDIT,
            text=edit.text,
            job_id=None,
            status=None,
            told=None,
        )
        return await self._add(
            place, edited, text=edit.text, versions=versions, following=following
        )

    async def _tree(self, place: Place) -> Tree:
        async with self.database.reading() as session:
            story = await read_story(session, place.story_id, tenant=place.tenant)
            if story.deleted_at is not None:
                raise UnknownStoryError("This story is deleted; restore it first.")
            tree = await read_tree(session, self.jobs.joblog, story.id)
        _require_room(tree, 1)
        return tree

    async def _tell(
        self,
        place: Place,
        request: GenerateRequest,
        ticket: Ticket | None,
        *,
        parent: Node,
        like: Node,
    ) -> Made:
        job_id = await self.jobs.create(request, caller=place.caller, ticket=ticket)
        told = replace(
            like,
            parent_id=parent.id,
            revises_id=None if like is parent else like.id,
            origin=Origin.MODEL,
            text="",
            controls=request.controls,
            job_id=job_id,
            status=JobStatus.QUEUED,
            told=None,
        )
        return await self._add(place, told, text=None, versions=None)

    async def _add(
        self,
        place: Place,
        node: Node,
        *,
        text: str | None,
        versions: Collection[int] | None,
        following: Sequence[Node] = (),
    ) -> Made:
        """A passage like this one; without a text of its own it shows its job's.

        A job that was asked for twice under one key is told in one passage: as that is by now.
        """
        async with self.database.writing() as session:
            if text is None and node.job_id is not None:
                known = await passage_of_job(session, place.story_id, node.job_id)
                if known is not None:
                    return await self._as_it_is(session, place, known.id)
            story = await change_story(
                session, place.story_id, tenant=place.tenant, versions=versions
            )
            passage = new_passage(
                story,
                await next_number(session, story),
                parent_id=node.parent_id,
                revises_id=node.revises_id,
                origin=node.origin,
                text=text,
                job_id=node.job_id,
                story_seed=node.story_seed,
                controls=node.controls,
                told=None if node.job_id else node.told,
            )
            session.add(passage)
            await copy_below(session, passage, [each.id for each in following])
        made = replace(node, id=passage.id, created_at=passage.created_at)
        return Made(passage_view(made), story.version)

    async def _as_it_is(self, session: AsyncSession, place: Place, passage_id: str) -> Made:
        story = await read_story(session, place.story_id, tenant=place.tenant)
        tree = await read_tree(session, self.jobs.joblog, story.id)
        return Made(passage_view(tree.node(passage_id)), story.version)


def _require_room(tree: Tree, passages: int) -> None:
    if len(tree.nodes) + passages > MAX_PASSAGES:
        raise InvalidRequestError(f"A story has at most {MAX_PASSAGES} passages.")


def _with_parent(tree: Tree, place: Place) -> tuple[Node, Node]:
    """The passage and its parent. The seed has none, and no siblings either."""
    node = tree.node(place.passage_id)
    if node.parent_id is None:
        raise InvalidRequestError("This is the story's seed; begin another story for another seed.")
    return node, tree.node(node.parent_id)


def _following(tree: Tree, node: Node, through: str) -> list[Node]:
    following = tree.below(node, through)
    if not following:
        raise InvalidRequestError("through names no passage that follows the edited one.")
    if any(each.status is not None and not each.status.is_terminal for each in following):
        raise UnfinishedError("Wait until what follows this passage is written, or stop it.")
    return following
