"""Editing in place: new passages beside the old, and what is typed is never lost."""

import pytest

from services.ui.writing import tree
from shared.library import Edit, NewStory, Origin
from shared.schemas import GenerateRequest
from tests.pages.interrupted import double_click
from tests.pages.room import SEED, Room
from tests.pages.writing import labels, opened, passage, story, text


def type_over(room: Room, number: int, typed: str) -> None:
    key = f"edit_{room.tab.query_params['story']}_{number}"
    room.tab.text_area(key=key).set_value(typed)


def typed(room: Room) -> list[str | None]:
    return [each.value for each in room.tab.text_area if each.label.startswith("Passage")]


@pytest.fixture
def two(room: Room) -> Room:
    """A story of two passages, open on the page and in its editor."""
    opened(room)
    room.press("Continue")
    room.write(2)
    room.look_until("Done")
    room.press("Edit")
    room.press("Edit the passage before too")
    return room


def test_the_editor_shows_each_passage_and_discard_leaves_it(two: Room) -> None:
    assert typed(two) == ["t1 t2 t3 ", "t1 t2 "]
    type_over(two, 0, "Never mind.")
    two.press("Discard")
    assert text(two) == "t1 t2 t3 t1 t2 "
    two.press("Edit")
    assert typed(two) == ["t1 t2 "], "the passage at hand"
    two.press("Edit the passage before too")
    assert typed(two) == ["t1 t2 t3 ", "t1 t2 "]
    assert len(story(two).passages) == 3


def test_a_saved_edit_stands_beside_the_passage_that_it_revises(two: Room) -> None:
    before = passage(two)
    type_over(two, 1, "t1 and more.")
    two.press("Save")
    assert text(two) == "t1 t2 t3 t1 and more."
    edited = passage(two)
    assert (edited.origin, edited.parent_id) == (Origin.EDIT, before.parent_id)
    two.press("Undo")
    assert passage(two).id == before.id


def test_saving_without_a_change_makes_nothing(two: Room) -> None:
    two.press("Save")
    assert text(two) == "t1 t2 t3 t1 t2 "
    assert len(story(two).passages) == 3


def test_the_blank_lines_before_a_passage_are_kept_and_not_typed_over(room: Room) -> None:
    told = room.told()
    text_before = "\n \n  Then it rained.\n\nAll day."
    made = room.client.stories.edit(told, told.passages[-1].id, Edit(text=text_before))
    room.open("write", story=told.id, passage=made.id)
    room.press("Edit")
    assert typed(room) == ["  Then it rained.\n\nAll day."]
    room.press("Save")
    assert len(story(room).passages) == 3, "unchanged, to the byte"
    room.press("Edit")
    room.press("Discard")
    assert "The edit is discarded." not in room.shown()
    room.press("Edit")
    type_over(room, 0, "Then it snowed.")
    room.press("Save")
    assert passage(room).text == "\n \nThen it snowed."


def test_an_edit_in_the_middle_keeps_what_followed(two: Room) -> None:
    type_over(two, 0, "Once. ")
    type_over(two, 1, "The end.")
    two.press("Save")
    assert text(two) == "Once. The end."
    path = tree.path_to(story(two), passage(two))
    assert [each.text for each in path] == ["Once. ", "The end."]
    two.press("Undo")
    assert text(two) == "t1 t2 t3 t1 t2 "


def test_a_change_from_elsewhere_is_told_and_the_typed_text_kept(two: Room) -> None:
    type_over(two, 1, "Mine.")
    two.client.stories.rename(story(two), "Renamed elsewhere")
    two.press("Save")
    assert "Somebody changed this story meanwhile." in two.shown()
    assert "nothing that you typed is lost" in two.shown()
    assert typed(two) == ["t1 t2 t3 ", "Mine."]
    assert len(story(two).passages) == 3
    two.press("Save")
    assert text(two) == "t1 t2 t3 Mine."


def test_the_typed_text_outlives_a_visit_to_another_story(two: Room) -> None:
    type_over(two, 0, "Mine.")
    address = dict(two.tab.query_params)
    other = two.told("A fox")
    two.open("write", story=other.id, passage=other.passages[-1].id)
    assert "Save" not in labels(two)
    two.open("write", **address)
    assert typed(two)[0] == "Mine."


def test_a_text_that_is_too_long_is_refused_and_kept(two: Room) -> None:
    type_over(two, 1, "x" * 200_001)
    two.press("Save")
    assert "must be at most 200,000 characters long" in two.shown()
    assert typed(two)[1] == "x" * 200_001


def test_an_api_that_is_away_costs_no_typed_text(
    two: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    import streamlit as st

    type_over(two, 1, "Mine.")
    monkeypatch.setenv("API_URL", "http://127.0.0.1:1")
    st.cache_resource.clear()
    two.press("Save")
    assert "cannot be reached" in two.shown()
    assert typed(two)[1] == "Mine."


def test_an_edited_story_keeps_in_mind_what_it_did(room: Room) -> None:
    request = GenerateRequest(story_seed=SEED, memory="Ada is brave.")
    begun = room.client.stories.create(NewStory(request=request))
    room.write(3)
    told = room.client.stories.read(begun.id)
    room.client.stories.edit(told, told.passages[-1].id, Edit(text="t1 and more."))
    room.open("write", story=begun.id)
    assert text(room) == "t1 and more."
    assert room.tab.text_area(key="sheet_memory").value == "Ada is brave."


def test_what_was_said_of_one_story_is_not_said_of_another(two: Room) -> None:
    other = two.told("A fox")
    address = dict(two.tab.query_params)
    type_over(two, 1, " ")
    two.client.stories.rename(story(two), "Renamed elsewhere")
    two.press("Save")
    two.tab.run()
    assert "Somebody changed this story meanwhile." in two.shown()
    two.tab.query_params.clear()
    two.tab.run()
    assert "Plant a seed" in two.shown()
    assert "Somebody changed this story meanwhile." not in two.shown()
    two.open("write", **address)
    two.press("Save")
    two.tab.run()
    assert "Undo brings back what stood there." in two.shown()
    two.open("write", story=other.id, passage=other.passages[-1].id)
    assert text(two) == "t1 t2 t3 "
    assert "Undo brings back what stood there." not in two.shown()


def test_a_double_click_saves_once(two: Room) -> None:
    type_over(two, 1, "Mine.")
    double_click(two, "Save")
    assert text(two) == "t1 t2 t3 Mine."
    assert len(story(two).passages) == 4
    assert "Somebody changed this story meanwhile." not in two.shown()


def test_a_double_click_discards_once_and_brings_back_once(two: Room) -> None:
    type_over(two, 0, "Mine.")
    double_click(two, "Discard")
    assert "The edit is discarded." in two.shown()
    double_click(two, "Bring it back")
    assert typed(two) == ["Mine.", "t1 t2 "]


def test_a_double_click_opens_no_passage_that_there_is_not(two: Room) -> None:
    two.press("Discard")
    two.press("Edit")
    type_over(two, 1, "Mine.")
    double_click(two, "Edit the passage before too")
    assert typed(two) == ["t1 t2 t3 ", "Mine."]
    [editing] = two.tab.session_state["page"].editings.values()
    editing.last = 0
    two.tab.run()
    double_click(two, "Edit the passage after too")
    assert typed(two) == ["t1 t2 t3 ", "Mine."]
