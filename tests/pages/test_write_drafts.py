"""Alternatives side by side."""

from shared.schemas import JobStatus
from tests.pages.room import Room, text_of
from tests.pages.writing import labels, opened, passage, story, write_words


def drafts(room: Room) -> list[str]:
    return [text_of(page) for page in room.parts("page")]


def begin_drafts(room: Room, kind: str, count: int) -> None:
    room.tab.radio(key="drafts_of").set_value(kind)
    room.tab.button_group(key="drafts_count").set_value(count)
    room.press("Write drafts")


def test_drafts_are_written_side_by_side_and_one_is_kept(room: Room) -> None:
    first = opened(room).passages[-1]
    begin_drafts(room, "What comes next", 3)
    ids = room.tab.query_params["drafts"].split(",")
    assert [each.parent_id for each in story(room).passages[2:]] == [first.id] * 3
    room.actor.claim()
    write_words(room, "Then")
    room.look_until("Then")
    assert drafts(room) == ["Then", "", ""]
    assert "0 of 3 drafts are written" in room.shown()
    room.press("Stop all")
    room.look_until("3 of 3 drafts are written")
    room.press("Keep draft 1")
    assert passage(room).id == ids[0]
    assert "drafts" not in room.tab.query_params
    assert "1/3" in room.shown()
    room.press("Undo")
    assert passage(room).id == first.id
    assert len(story(room).passages) == 5


def test_a_refresh_shows_the_same_drafts(room: Room) -> None:
    first = opened(room).passages[-1]
    begin_drafts(room, "This passage again", 2)
    again = Room(room.client, room.actor)
    again.open("write", **dict(room.tab.query_params))
    room.write(2)
    room.write(1)
    again.look_until("2 of 2 drafts are written")
    assert drafts(again) == ["t1 t2 ", "t1 "]
    assert "Stop all" not in labels(again)
    again.press("Back to the story")
    assert passage(again).id == first.id


def test_stop_all_ends_every_draft(room: Room) -> None:
    opened(room)
    begin_drafts(room, "What comes next", 2)
    room.press("Stop all")
    room.look_until("2 of 2 drafts are written")
    ended = [each.status for each in story(room).passages[2:]]
    assert ended == [JobStatus.CANCELLED] * 2


def test_drafts_that_are_not_in_the_story_are_not_shown(room: Room) -> None:
    told = room.told()
    room.open("write", story=told.id, drafts="nothing,<b>")
    assert "Continue" in labels(room)
