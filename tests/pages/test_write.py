"""The writing page: a seed becomes a story, or it is said why not."""

import pytest

from services.ui import clicks
from shared.connections import connect
from shared.library import Edit
from shared.schemas import Genre
from tests.pages.room import SEED, Room
from tests.pages.writing import begin, opened, passage, story, text

HOSTILE = "<img src=x onerror=alert(1)> ![a](http://x.invalid/y.png) **b** </article>"


def field(room: Room, name: str) -> str:
    value = room.tab.text_area(key=f"sheet_{name}").value
    assert value is not None
    return value


def test_the_empty_page_says_where_the_rest_of_the_form_is(room: Room) -> None:
    room.open("write")
    assert "on the left; where nothing stands there, press » at the top." in room.shown()


def test_a_seed_becomes_a_story_of_the_library(room: Room) -> None:
    room.open("write")
    room.tab.text_area(key="sheet_story_seed").set_value("A fox who could read")
    room.tab.text_area(key="sheet_memory").set_value("Ada is a fox.")
    room.tab.selectbox(key="sheet_genre").set_value(Genre.HORROR.value)
    room.tab.number_input(key="sheet_seed_pull").set_value(1.5)
    room.tab.checkbox(key="sheet_end_at_sentence").uncheck()
    room.tab.text_input(key="sheet_seed").set_value("7")
    room.press("Write")
    room.write(3)
    room.look_until("Done")
    assert text(room) == "t1 t2 t3 "
    assert "3 words · 3 tokens" in room.shown()
    assert "seed 7 · came to its end" in room.shown()
    told = passage(room)
    assert room.tab.query_params["job"] == told.job_id
    assert room.client.stories.page().stories[0].title == "A fox who could read"
    assert told.job_id is not None
    request = room.client.jobs.read(told.job_id).request
    assert (request.story_seed, request.memory) == ("A fox who could read", "Ada is a fox.")
    assert request.controls.genre is Genre.HORROR
    assert (request.sampling.seed_pull, request.sampling.end_at_sentence) == (1.5, False)


def test_a_double_click_is_one_wish(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    # A whole page is drawn here between the two, which takes a busy machine longer than a click.
    monkeypatch.setattr(clicks, "DOUBLE_CLICK_SECONDS", 10)
    begin(room)
    # The second click comes from the page, and with the address, before the first.
    for name in ("story", "passage", "job"):
        del room.tab.query_params[name]
    room.tab.session_state["page"].step = None
    room.tab.run()
    room.press("Write")
    assert len(room.client.stories.page().stories) == 1
    assert story(room).story_seed == SEED
    room.write()


def test_another_device_opens_the_same_story_with_its_controls(room: Room) -> None:
    room.open("write")
    room.tab.selectbox(key="sheet_genre").set_value(Genre.FABLE.value)
    begin(room)
    address = dict(room.tab.query_params)
    other = Room(room.client, room.actor)
    other.open("write", story=address["story"], passage=address["passage"])
    room.write(2)
    other.look_until("Done")
    assert text(other) == "t1 t2 "
    assert other.tab.selectbox(key="sheet_genre").value == Genre.FABLE.value


def test_all_text_is_shown_as_it_is(room: Room) -> None:
    told = room.told(seed=HOSTILE)
    room.client.stories.edit(told, told.passages[-1].id, Edit(text=HOSTILE))
    room.open("write", story=told.id)
    assert text(room) == HOSTILE
    assert "<img" not in room.html()
    assert not room.tab.markdown
    room.tab.toggle(key="colours").set_value(True).run()
    assert text(room) == HOSTILE
    assert "<img" not in room.html()


def test_refused_fields_are_named_and_the_form_is_kept(room: Room) -> None:
    room.open("write")
    room.tab.number_input(key="sheet_temperature").set_value(9.0)
    room.tab.multiselect(key="sheet_constraints").set_value([])
    begin(room)
    assert "Temperature: must be at most 5" in room.shown()
    assert field(room, "story_seed") == SEED
    assert "story" not in room.tab.query_params
    assert not room.client.stories.page().stories


def test_an_empty_seed_is_refused_beside_the_form(room: Room) -> None:
    room.open("write")
    room.press("Write")
    assert "Story seed: must not be empty" in room.shown()


def test_a_refusal_goes_once_the_field_says_something_else(room: Room) -> None:
    room.open("write")
    room.press("Write")
    assert "Story seed" in room.html()
    room.tab.run()
    assert "Story seed" in room.html()
    room.tab.text_area(key="sheet_story_seed").set_value("A fox").run()
    assert "Story seed" not in room.html()
    assert 'role="alert"' not in room.html()


def test_a_seed_that_is_too_long_is_kept_and_refused(room: Room) -> None:
    room.open("write")
    area = room.tab.text_area(key="sheet_story_seed")
    assert not area.max_chars, "a browser drops the whole of a longer paste"
    area.set_value("x" * 2_001)
    room.press("Write")
    assert "Story seed: must be at most 2,000 characters long" in room.shown()
    assert field(room, "story_seed") == "x" * 2_001


def test_no_worker_is_said_plainly(room: Room, redis_url: str) -> None:
    client = connect(redis_url)
    client.flushall()
    client.close()
    begin(room)
    assert "No live worker serves the model" in room.shown()
    assert "Start a worker" in room.shown()
    assert field(room, "story_seed") == SEED


def test_an_api_that_is_down_is_said_plainly(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_URL", "http://127.0.0.1:1")
    begin(room)
    assert "cannot be reached" in room.shown()
    assert field(room, "story_seed") == SEED


def test_a_new_story_leaves_the_old_one_and_keeps_the_controls(room: Room) -> None:
    room.open("write")
    room.tab.selectbox(key="sheet_genre").set_value(Genre.COMEDY.value)
    begin(room)
    room.write()
    room.look_until("Done")
    room.press("New story")
    assert "story" not in room.tab.query_params
    assert field(room, "story_seed") == ""
    assert room.tab.selectbox(key="sheet_genre").value == Genre.COMEDY.value
    assert len(room.client.stories.page().stories) == 1


def test_the_title_is_changed_in_place(room: Room) -> None:
    told = opened(room)
    room.tab.text_input(key="title").set_value("<b>The light</b>").run()
    assert room.client.stories.read(told.id).title == "<b>The light</b>"
    assert "&lt;b&gt;The light&lt;/b&gt;</h1>" in room.shown()
    room.tab.text_input(key="title").set_value(" ").run()
    assert "Title: " in room.shown()
    assert room.client.stories.read(told.id).title == "<b>The light</b>"


@pytest.mark.parametrize("unknown", ["nothing", "../jobs", "<b>"])
def test_an_unknown_story_is_named_as_such(room: Room, unknown: str) -> None:
    room.open("write", story=unknown)
    assert "There is no story of yours with this id." in room.shown()
    room.press("New story")
    assert room.tab.text_area(key="sheet_story_seed").value == ""


def test_a_deleted_story_is_read_and_restored(room: Room) -> None:
    told = room.told()
    room.client.stories.delete(told.id, version=told.version)
    room.open("write", story=told.id)
    assert "This story is deleted." in room.shown()
    assert text(room) == "t1 t2 t3 "
    room.press("Restore")
    assert room.client.stories.read(told.id).deleted_at is None
    assert "This story is deleted." not in room.shown()


def test_an_address_that_names_nothing_is_the_empty_page(room: Room) -> None:
    room.open("write", job="", story="")
    assert "Plant a seed" in room.shown()
