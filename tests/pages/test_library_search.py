"""What the library page finds of what is typed into its search."""

from html import escape

import pytest

from shared.library import SEARCH_MAX_CHARS, Edit
from tests.pages.room import Room
from tests.pages.shelf import HOSTILE, search, titled, titles


def test_search_finds_titles_seeds_and_texts(room: Room) -> None:
    titled(room, "The fox", seed="Red fur")
    story = titled(room, "The owl", seed="Night")
    room.client.stories.edit(story, story.passages[1].id, Edit(text="a Moonlit barn"))
    room.open("library")
    for words, found in (
        ("FOX", ["The fox"]),
        (" red ", ["The fox"]),
        ("moonlit", ["The owl"]),
        ("the", ["The owl", "The fox"]),
    ):
        search(room, words)
        assert titles(room) == found
    search(room, HOSTILE)
    assert titles(room) == []
    assert f"No story holds “{escape(HOSTILE)}”." in room.shown()
    assert "Try fewer words" in room.shown()


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_search_longer_than_any_address_is_cut(room: Room, is_kept: bool) -> None:
    """Also one that the tab remembers."""
    words = "x" * 70_000
    if is_kept:
        room.tab.session_state["library-search"] = words
    room.open("library")
    if not is_kept:
        search(room, words)
    assert f"No story holds “{words[:SEARCH_MAX_CHARS]}”." in room.shown()
