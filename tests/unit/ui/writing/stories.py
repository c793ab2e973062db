"""Stories with a tree, made from one line a passage."""

from shared.library import Origin, PassageView, StoryView
from shared.schemas import StoryControls


def passage(
    name: str,
    parent: str | None = "seed",
    text: str = "",
    *,
    origin: Origin = Origin.MODEL,
    job: str | None = None,
    revises: str | None = None,
) -> PassageView:
    return PassageView(
        id=name,
        parent_id=parent,
        origin=origin,
        text=text,
        controls=StoryControls(),
        revises_id=revises,
        job_id=job,
        created_at=0,
    )


def story(*passages: PassageView) -> StoryView:
    seed = passage("seed", None, "a fox", origin=Origin.SEED)
    return StoryView(
        id="s",
        title="A fox",
        story_seed="a fox",
        version=1,
        created_at=0,
        updated_at=0,
        passages=[seed, *passages],
    )
