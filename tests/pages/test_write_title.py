"""A story's title, changed on its page while others change the story too."""

from services.ui.retitling import retitle
from services.ui.state import PageState
from shared.library import Telling
from tests.pages.room import Room
from tests.pages.writing import labels, opened, story


def retype(room: Room, title: str) -> None:
    room.tab.text_input(key="title").set_value(title)


def field(room: Room) -> str | None:
    return room.tab.text_input(key="title").value


def test_a_title_is_changed_in_its_field(room: Room) -> None:
    opened(room)
    retype(room, "The Fox")
    room.tab.run()
    assert (story(room).title, field(room)) == ("The Fox", "The Fox")


def test_what_was_written_meanwhile_does_not_stand_against_a_title(room: Room) -> None:
    told = opened(room)
    room.client.stories.tell_on(told.id, told.passages[-1].id, Telling())
    retype(room, "The Fox")
    room.tab.run()
    assert story(room).title == "The Fox"
    room.write()


def test_another_title_from_elsewhere_is_shown_and_the_typed_one_kept(room: Room) -> None:
    told = opened(room)
    room.client.stories.rename(told, "The Hen")
    retype(room, "The <b>Fox")
    room.tab.run()
    assert (story(room).title, field(room)) == ("The Hen", "The Hen")
    assert "The title that you typed: The &lt;b&gt;Fox" in room.shown()
    room.press("Use it")
    assert (story(room).title, field(room)) == ("The <b>Fox", "The <b>Fox")
    assert "Use it" not in labels(room)


def test_a_title_that_the_story_has_already_is_no_other_one(room: Room) -> None:
    """The second click of a double click carries the story as it was before the first."""
    before = room.told()
    for _ in range(2):
        renamed = retitle(room.client.stories, before, "The Fox")
        assert renamed == room.client.stories.read(before.id)
        assert renamed.title == "The Fox"


def test_an_empty_title_is_refused(room: Room) -> None:
    told = opened(room)
    retype(room, "")
    room.tab.run()
    assert story(room).title == told.title
    state = room.tab.session_state["page"]
    assert isinstance(state, PageState)
    assert state.refused is not None
