"""Giving a story another title. Knows no page."""

from shared.client.errors import ApiError
from shared.client.stories import Stories
from shared.errors import ErrorCode
from shared.library import Renaming, StoryView


def retitle(stories: Stories, story: StoryView, title: str) -> StoryView:
    """The story under its new title, whatever was written to it since it was read.

    Raises ApiError, as stale only if it got another title than this meanwhile, which the first
    click of a double click gives it; pydantic.ValidationError for a title that is none.
    """
    title = Renaming(title=title).title
    try:
        return stories.rename(story, title)
    except ApiError as error:
        if error.code != ErrorCode.VERSION_STALE:
            raise
        now = stories.read(story.id)
        if now.title == title:
            return now
        if now.title != story.title:
            raise
        return stories.rename(now, title)
