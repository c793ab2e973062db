"""The library page: the list of stories, or the details of the one that the address names."""

from services.ui.shelf import style
from services.ui.shelf.actions import shown_story_id
from services.ui.shelf.details import story_details
from services.ui.shelf.listing import story_list


def page() -> None:
    style.apply()
    story_id = shown_story_id()
    if story_id is None:
        story_list()
    else:
        story_details(story_id)


if __name__ == "__main__":
    page()
