"""Stories and passages as the API answers them. Pure."""

from services.api.db.models import Story
from services.api.library.listing import Listed
from services.api.library.tree import Node, Tree
from shared.library import PassageView, StoryHead, StorySummary, StoryView


def story_path(story_id: str) -> str:
    return f"/v1/stories/{story_id}"


def story_view(story: Story, tree: Tree) -> StoryView:
    return StoryView(
        **_head(story, tree.root.story_seed).model_dump(),
        passages=[passage_view(node) for node in tree.nodes],
    )


def story_summary(listed: Listed) -> StorySummary:
    return StorySummary(
        **_head(listed.story, listed.seed).model_dump(),
        passage_count=listed.passages,
        beginning=listed.beginning,
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


def _head(story: Story, story_seed: str) -> StoryHead:
    return StoryHead(
        id=story.id,
        title=story.title,
        story_seed=story_seed,
        version=story.version,
        created_at=story.created_at,
        updated_at=story.updated_at,
        deleted_at=story.deleted_at,
    )
