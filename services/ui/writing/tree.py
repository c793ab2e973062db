"""A story's passages as the tree that they are. Pure: knows neither pages nor the API."""

from collections.abc import Sequence

from shared.library import PassageView, StoryView


def passage_of(story: StoryView, passage_id: str | None) -> PassageView | None:
    return next((each for each in story.passages if each.id == passage_id), None)


def path_to(story: StoryView, passage: PassageView) -> list[PassageView]:
    """From the first passage behind the seed to this one; empty for the seed itself."""
    by_id = {each.id: each for each in story.passages}
    path: list[PassageView] = []
    here: PassageView | None = passage
    while here is not None and here.parent_id is not None:
        path.append(here)
        here = by_id.get(here.parent_id)
    return path[::-1]


def children(story: StoryView, passage: PassageView) -> list[PassageView]:
    return [each for each in story.passages if each.parent_id == passage.id]


def siblings(story: StoryView, passage: PassageView) -> list[PassageView]:
    """Itself among them, in the order of their making; the seed has none but itself."""
    if passage.parent_id is None:
        return [passage]
    return [each for each in story.passages if each.parent_id == passage.parent_id]


def parent_in_text(story: StoryView, passage: PassageView) -> PassageView | None:
    """The passage that it goes on from, unless that is the seed."""
    path = path_to(story, passage)
    return path[-2] if len(path) > 1 else None


def branch_of(story: StoryView, left: PassageView, at: int) -> PassageView | None:
    """The passage that leaves this one at a character already.

    Told anew, or edited, it can be as long at the moment: only a branch also names the same job.
    """
    wanted = (left.id, left.origin, left.job_id, left.text[:at])
    for each in siblings(story, left):
        if (each.revises_id, each.origin, each.job_id, each.text) == wanted:
            return each
    return None


def newest_child(story: StoryView, passage: PassageView) -> PassageView | None:
    below = children(story, passage)
    return below[-1] if below else None


def newest_leaf(story: StoryView, passage: PassageView | None = None) -> PassageView:
    """The end of the newest path below this passage, by default of the whole story."""
    if passage is None:
        return story.passages[-1]
    below = newest_child(story, passage)
    while below is not None:
        passage, below = below, newest_child(story, below)
    return passage


def job_of(story: StoryView, passage: PassageView) -> str | None:
    """The job that writes this passage.

    A branch or a copy names the same job, but its text is its own: the first one is the job's.
    """
    if passage.job_id is None:
        return None
    first = next(each for each in story.passages if each.job_id == passage.job_id)
    return passage.job_id if first.id == passage.id else None


def told_like(story: StoryView, passage: PassageView) -> str | None:
    """The job whose request the passage goes on with: its own, or that of what it revises, or else
    of what stands before it.
    """
    here: PassageView | None = passage
    while here is not None and here.job_id is None:
        revised = passage_of(story, here.revises_id)
        here = revised or passage_of(story, here.parent_id)
    return None if here is None else here.job_id


def text_of(path: Sequence[PassageView]) -> str:
    """Passages follow each other without a gap."""
    return "".join(each.text for each in path)
