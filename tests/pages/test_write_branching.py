"""Leaving the text within a passage."""

from services.ui.writing import tree
from tests.pages.interrupted import double_click
from tests.pages.room import Room
from tests.pages.writing import labels, opened, passage, story, text


def test_a_branch_keeps_the_words_before_the_cut(room: Room) -> None:
    first = opened(room).passages[-1]
    room.tab.slider(key=f"branch_at_{first.id}").set_value(1).run()
    assert '<b class="once-scissors" role="img" aria-label="cut here">✂</b><s> t2 t3' in (
        room.shown()
    )
    room.press("Branch here")
    assert text(room) == "t1"
    made = passage(room)
    assert made.parent_id == first.parent_id
    assert "Ready · 1 word" in room.shown()
    room.press("Undo")
    assert text(room) == "t1 t2 t3 "


def test_an_earlier_passage_is_left_and_the_story_goes_on_from_there(room: Room) -> None:
    first = opened(room).passages[-1]
    room.press("Continue")
    room.write(2)
    room.look_until("Done")
    last = passage(room)
    room.tab.selectbox(key=f"branch_of_{last.id}").set_value(1).run()
    room.tab.slider(key=f"branch_at_{first.id}").set_value(2).run()
    room.press("Branch and continue")
    room.actor.claim()
    room.actor.write(1)
    room.look_until("Writing…")
    assert text(room) == "t1 t2t1 "
    branch = tree.parent_in_text(story(room), passage(room))
    assert branch is not None
    assert branch.parent_id == first.parent_id
    assert tree.passage_of(story(room), last.id) is not None
    room.press("Stop")
    room.look_until("Stopped")


def test_a_passage_of_one_word_offers_no_cut(room: Room) -> None:
    opened(room, tokens=1)
    assert "too short to leave it midway" in room.shown()
    assert "Branch here" not in labels(room)


def test_a_branch_fits_whatever_came_to_the_story_meanwhile(room: Room) -> None:
    told = opened(room)
    room.client.stories.rename(told, "Renamed elsewhere")
    room.press("Branch here")
    assert text(room) == "t1 t2"
    assert "Renamed elsewhere" in room.shown()


def test_a_double_click_makes_one_branch(room: Room) -> None:
    told = opened(room)
    double_click(room, "Branch here", asking="POST")
    assert text(room) == "t1 t2"
    assert len(story(room).passages) == len(told.passages) + 1
