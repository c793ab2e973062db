"""Going on, telling again, stepping back: the page moves through the tree, and nothing is lost."""

import pytest

from services.ui import clicks
from services.ui.writing import tree
from shared.library import Telling
from tests.pages.room import Room
from tests.pages.writing import labels, opened, passage, story, text


@pytest.fixture(autouse=True)
def quick_presses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests press a button twice within a second and mean it."""
    monkeypatch.setattr(clicks, "DOUBLE_CLICK_SECONDS", 0)


def go_on(room: Room, label: str, *, tokens: int) -> str:
    """Press Continue or Retry, let that be written, and answer the new passage's id."""
    room.press(label)
    room.write(tokens)
    room.look_until("Done")
    return passage(room).id


def test_continue_goes_on_without_a_gap_and_with_what_is_in_the_fields(room: Room) -> None:
    first = opened(room).passages[-1]
    room.tab.text_area(key="sheet_author_note").set_value("A storm.")
    room.tab.number_input(key="sheet_top_k").set_value(3)
    go_on(room, "Continue", tokens=2)
    assert text(room) == "t1 t2 t3 t1 t2 "
    told = passage(room)
    assert told.parent_id == first.id
    assert told.job_id is not None
    assert room.client.jobs.read(told.job_id).request.sampling.top_k == 3


def test_a_double_click_on_continue_is_one_wish(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clicks, "DOUBLE_CLICK_SECONDS", 10)
    address = {"story": opened(room).id, "passage": passage(room).id}
    room.press("Continue")
    first = passage(room).id
    room.client.jobs.cancel(room.tab.query_params["job"])
    room.tab.query_params.clear()
    room.tab.query_params.update(address)
    room.tab.run()
    room.press("Continue")
    assert passage(room).id == first
    assert len(story(room).passages) == 3


def test_retry_is_a_version_beside_the_first_one_with_a_seed_of_its_own(room: Room) -> None:
    first = opened(room).passages[-1]
    room.tab.text_input(key="sheet_seed").set_value("7")
    go_on(room, "Retry", tokens=2)
    assert text(room) == "t1 t2 "
    told = passage(room)
    assert told.parent_id == first.parent_id
    assert told.job_id is not None
    assert room.client.jobs.read(told.job_id).request.sampling.seed is None
    assert ">2/2<" in room.shown()
    room.press("‹ Earlier")
    assert passage(room).id == first.id
    assert "‹ Earlier" not in labels(room)
    room.press("Later ›")
    assert passage(room).id == told.id


def test_undo_and_redo_follow_what_was_done(room: Room) -> None:
    first = opened(room).passages[-1].id
    second = go_on(room, "Continue", tokens=1)
    third = go_on(room, "Retry", tokens=2)
    room.press("Undo")
    assert passage(room).id == second
    room.press("Undo")
    assert passage(room).id == first
    assert "Undo" not in labels(room)
    room.press("Redo")
    room.press("Redo")
    assert passage(room).id == third
    assert "Redo" not in labels(room)
    assert len(story(room).passages) == 4


def test_undo_in_another_tab_goes_to_the_parent_and_never_before_the_first(room: Room) -> None:
    told = room.told()
    first = told.passages[-1]
    second = room.client.stories.tell_on(told.id, first.id, Telling())
    room.write(1)
    room.open("write", story=told.id)
    assert passage(room).id == second.id
    room.press("Undo")
    assert passage(room).id == first.id
    assert "Undo" not in labels(room)
    room.press("Redo")
    assert passage(room).id == second.id


def test_the_browsers_back_button_goes_back_and_undo_still_works(room: Room) -> None:
    first = opened(room).passages[-1].id
    second = go_on(room, "Continue", tokens=1)
    third = go_on(room, "Continue", tokens=2)
    room.tab.query_params["passage"] = second
    room.tab.run()
    assert text(room) == "t1 t2 t3 t1 "
    room.press("Undo")
    assert passage(room).id == first
    assert tree.passage_of(story(room), third) is not None


def test_a_story_goes_on_while_another_passage_of_it_is_looked_at(room: Room) -> None:
    first = opened(room).passages[-1].id
    room.press("Continue")
    second = passage(room).id
    room.press("Undo")
    assert passage(room).id == first
    assert "Continue" in labels(room)
    room.write(2)
    room.press("Redo")
    room.look_until("Done")
    assert passage(room).id == second
    assert text(room) == "t1 t2 t3 t1 t2 "


def test_a_refused_continuation_is_told_and_changes_nothing(room: Room) -> None:
    first = opened(room).passages[-1].id
    room.tab.number_input(key="sheet_top_p").set_value(2.0)
    room.press("Continue")
    assert "Top p: must be at most 1" in room.shown()
    assert passage(room).id == first
    assert len(story(room).passages) == 2
