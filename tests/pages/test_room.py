"""The frame around the pages."""

from tests.pages.room import SEED, Room


def test_each_person_has_stories_of_their_own(room: Room) -> None:
    story = room.told(tokens=3)
    assert [each.id for each in room.client.stories.page().stories] == [story.id]
    assert (story.story_seed, story.passages[-1].text) == (SEED, "t1 t2 t3 ")


def test_the_writing_page_is_the_first(room: Room) -> None:
    room.open("write")
    assert "Once" in room.shown()
