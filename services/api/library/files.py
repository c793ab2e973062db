"""The library's own file form: a story with its whole tree, to be read again anywhere."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.api.db.models import Story
from services.api.library.tree import Tree
from shared.contract import Contract
from shared.library import Origin, Text, Title, Told
from shared.schemas import JobStatus, StoryControls
from shared.text import StorySeed

MAX_PASSAGES = 10_000
FileId = Annotated[str, Field(min_length=1, max_length=64)]


class PassageFile(Contract):
    """`told` is what its job was asked, if there was one. `status` tells whether that came to an
    end; neither it nor a time is read again.
    """

    id: FileId
    parent_id: FileId | None
    revises_id: FileId | None = None
    origin: Origin
    text: Text
    story_seed: StorySeed
    controls: StoryControls
    told: Told | None = None
    status: JobStatus | None = None
    created_at: Annotated[float, Field(allow_inf_nan=False)]


class StoryFile(Contract):
    """Parents stand before their children, revised passages before what revises them, and the seed
    is the first.
    """

    format: Literal["once-story"] = "once-story"
    version: Literal[1] = 1
    title: Title
    created_at: Annotated[float, Field(allow_inf_nan=False)]
    passages: Annotated[list[PassageFile], Field(min_length=1, max_length=MAX_PASSAGES)]

    @model_validator(mode="after")
    def _is_a_tree(self) -> Self:
        root, *others = self.passages
        if root.origin is not Origin.SEED or root.parent_id is not None:
            raise ValueError("the first passage must be the seed, without a parent")
        if root.revises_id is not None:
            raise ValueError("the seed revises nothing")
        known = {root.id}
        for passage in others:
            if passage.origin is Origin.SEED:
                raise ValueError("no passage but the first can be the seed")
            if passage.id in known:
                raise ValueError(f"two passages have the id {passage.id}")
            if passage.parent_id not in known:
                raise ValueError(f"the parent of {passage.id} does not stand before it")
            if passage.revises_id is not None and passage.revises_id not in known:
                raise ValueError(f"what {passage.id} revises does not stand before it")
            known.add(passage.id)
        return self


def story_file(story: Story, tree: Tree) -> StoryFile:
    """Also of a story that has become too large to be read again: nobody is kept from having it."""
    return StoryFile.model_construct(
        title=story.title,
        created_at=story.created_at,
        passages=[
            PassageFile(
                id=node.id,
                parent_id=node.parent_id,
                revises_id=node.revises_id,
                origin=node.origin,
                text=node.text,
                story_seed=node.story_seed,
                controls=node.controls,
                told=node.told,
                status=node.status,
                created_at=node.created_at,
            )
            for node in tree.nodes
        ],
    )
