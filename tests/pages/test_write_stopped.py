"""A press goes on though the run that handles it is stopped: the next run shows what came of it."""

import pytest

from shared.library import Origin, Telling
from tests.pages.interrupted import press_and_be_stopped
from tests.pages.room import SEED, Room
from tests.pages.test_write_editing import type_over
from tests.pages.writing import opened, passage, story, text


def test_the_page_goes_to_the_story_that_was_begun(room: Room) -> None:
    room.open("write")
    room.tab.text_area(key="sheet_story_seed").set_value(SEED)
    press_and_be_stopped(room, "Write")
    [begun] = room.client.stories.page().stories
    assert room.tab.query_params["story"] == begun.id
    assert room.tab.query_params["job"] == passage(room).job_id
    room.write(2)
    room.look_until("Done")
    assert text(room) == "t1 t2 "


@pytest.mark.parametrize("label", ["Continue", "Retry", "Branch and continue"])
def test_the_page_goes_to_the_passage_that_is_told(room: Room, label: str) -> None:
    told = opened(room)
    press_and_be_stopped(room, label)
    assert passage(room) == story(room).passages[-1]
    assert room.tab.query_params["job"] == passage(room).job_id
    room.press("Undo")
    assert passage(room).id == told.passages[-1].id
    room.write(2)


def test_the_page_goes_to_the_branch(room: Room) -> None:
    opened(room)
    press_and_be_stopped(room, "Branch here")
    assert text(room) == "t1 t2"
    room.press("Undo")
    assert text(room) == "t1 t2 t3 "


def test_the_page_shows_the_drafts_that_were_begun(room: Room) -> None:
    told = opened(room)
    press_and_be_stopped(room, "Write drafts")
    drafts = [each.id for each in story(room).passages[len(told.passages) :]]
    assert room.tab.query_params["drafts"] == ",".join(drafts)
    for _ in drafts:
        room.write(1)


def test_the_page_goes_to_what_was_saved(room: Room) -> None:
    told = opened(room)
    room.client.stories.tell_on(told.id, told.passages[-1].id, Telling())
    room.write(2)
    room.open("write", story=told.id)
    room.press("Edit")
    room.press("Edit the passage before too")
    type_over(room, 0, "Once. ")
    type_over(room, 1, " ")
    press_and_be_stopped(room, "Save")
    assert text(room) == "Once.  "
    assert passage(room).origin is Origin.EDIT
    assert "Undo brings back what stood there." in room.shown()
