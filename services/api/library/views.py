"""Stories and passages as the API answers them. Pure."""

from services.api.db.models import Story
from services.api.library.tree import Node, Tree
from shared.library import PassageView, StorySummary, StoryView


def story_path(story_id: str) -> str:
    return f"/v1/stories/{story_id}"


def story_view(story: Story, tree: Tree) -> StoryView:
    return StoryView(
        **story_summary(story, tree.root.story_seed).model_dump(),
        passages=[passage_view(node) for node in tree.nodes],
    )


def story_summary(story: Story, story_seed: str) -> StorySummary:
    return StorySummary(
        id=story.id,
        title=story.title,
        story_seed=story_seed,
        version=story.version,
        created_at=story.created_at,
        updated_at=story.updated_at,
        deleted_at=story.deleted_at,
    )


def passage_view(node: Node) -> PassageView:
    return PassageView(
        id=node.id,
        parent_id=node.parent_id,
        revises_id=node.revises_id,
        origin=node.origin,
        text=node.text,
        controls=node.controls,
        job_id=node.job_id,
        status=node.status,
        created_at=node.created_at,
    )
