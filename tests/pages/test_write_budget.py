"""What the model will see of it all, asked for only while that is open."""

from tests.pages.room import Room
from tests.pages.writing import begin, opened, story


def open_panel(room: Room) -> None:
    room.tab.session_state["budget"] = True
    room.tab.run()


def test_it_is_told_in_one_line_when_nobody_can_tell(room: Room) -> None:
    """The played worker publishes no tokenizer."""
    opened(room)
    open_panel(room)
    assert '<p class="once-budget">' in room.shown()
    assert 'role="alert"' not in room.shown()
    assert len(story(room).passages) == 2


def test_a_refused_field_is_named_where_it_is_asked(room: Room) -> None:
    room.open("write")
    open_panel(room)
    assert "Story seed: must not be empty." in room.shown()


def test_nothing_is_asked_while_a_passage_is_being_written(room: Room) -> None:
    begin(room)
    open_panel(room)
    assert "Once this passage is written." in room.shown()
    room.write()
    room.look_until("Done")
    assert "Once this passage is written." not in room.shown()
