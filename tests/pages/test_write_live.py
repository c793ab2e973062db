"""A story on the page while it is being written, and what happens when something breaks."""

import socket
import threading
import time
from pathlib import Path

import pytest
from streamlit.runtime.caching import clear_session_resource_cache

from services.ui import wording
from shared.schemas import GenerateRequest, JobStatus
from tests.pages.conftest import APP_TEST_SESSION
from tests.pages.room import Room, wait_for
from tests.pages.writing import begin, labels, passage, story, text, write_words
from tests.processes import free_port
from tests.unit.api.acting import Actor
from tests.unit.api.serving import api_settings, serving, sqlite_url


def test_a_waiting_story_tells_its_place(room: Room) -> None:
    first = room.client.jobs.create(GenerateRequest(story_seed="A fox"))
    begin(room)
    room.look_until("Waiting: one story runs before this one")
    room.client.jobs.cancel(first.id)
    room.look_until("Waiting: next in line")
    room.write()


def test_text_grows_while_it_is_written(room: Room) -> None:
    begin(room)
    room.actor.claim()
    write_words(room, "\n Once", " upon")
    room.look_until("Once upon")
    assert text(room) == "Once upon"
    assert "Writing…" in room.shown()
    assert room.parts("page")[0]["url"].startswith("live/")
    assert not {"Continue", "Retry", "Edit"} & set(labels(room))
    write_words(room, " a time")
    room.look_until("Once upon a time")
    room.press("Stop")


def test_stop_keeps_the_text_and_the_story_goes_on_from_there(room: Room) -> None:
    begin(room)
    room.actor.claim()
    write_words(room, "Once", " upon")
    room.look_until("Once upon")
    room.press("Stop")
    room.look_until("Stopped")
    stopped = passage(room)
    assert (stopped.status, stopped.text) == (JobStatus.CANCELLED, "Once upon")
    assert "Stop" not in labels(room)
    room.press("Continue")
    room.actor.claim()
    write_words(room, " a", " time")
    room.look_until(" a time")
    assert text(room) == "Once upon a time"
    assert passage(room).parent_id == stopped.id
    room.press("Stop")
    room.look_until("Stopped")


def test_a_refresh_joins_the_passage_that_is_being_written(room: Room) -> None:
    begin(room)
    room.actor.claim()
    write_words(room, "Once", " upon")
    again = Room(room.client, room.actor)
    again.open("write", **dict(room.tab.query_params))
    again.look_until("Once upon")
    write_words(room, " a time")
    again.look_until("Once upon a time")
    room.press("Stop")
    again.look_until("Stopped")


def test_a_job_alone_becomes_a_story_once(room: Room) -> None:
    job = room.client.jobs.create(GenerateRequest(story_seed="A fox"))
    room.open("write", job=job.id)
    room.write(2)
    room.look_until("Done")
    assert text(room) == "t1 t2 "
    assert room.tab.query_params["job"] == job.id
    assert story(room).passages[-1].job_id == job.id
    assert len(room.client.stories.page().stories) == 1


@pytest.mark.parametrize("unknown", ["../nothing", "x" * 65])
def test_an_unknown_job_is_named_as_such(room: Room, unknown: str) -> None:
    room.open("write", job=unknown)
    room.look_until("There is no such story.")
    assert "<h1" in room.html()
    assert "Try again" not in labels(room), "it would be told the same"


def test_a_failed_passage_says_what_to_do_and_keeps_its_text(room: Room) -> None:
    begin(room)
    room.actor.claim()
    room.actor.write(2)
    room.actor.fail()
    room.look_until("The engine stumbled.")
    assert "Write it again" in room.shown()
    assert text(room) == "t1 t2 "
    assert {"Retry", "Continue"} <= set(labels(room))


def test_a_passage_that_failed_before_its_first_word_tells_only_why(room: Room) -> None:
    begin(room)
    room.actor.claim()
    room.actor.fail()
    room.look_until("The engine stumbled.")
    assert "0 words" not in room.shown()
    assert not room.parts("page")


def test_a_silent_worker_is_said_to_be_waited_for(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wording, "SILENT_SECONDS", 0.5)
    begin(room)
    room.actor.claim()
    write_words(room, "Once")
    room.look_until("Once")
    room.look_until("Waiting to go on…")
    assert room.parts("status")[0]["colour"] == "waiting"
    room.press("Stop")
    room.look_until("Stopped")


def test_the_page_keeps_saying_where_another_worker_went_on(room: Room, redis_url: str) -> None:
    begin(room)
    room.actor.claim()
    write_words(room, "Once", " upon", " a")
    room.look_until("Once upon a")
    room.actor.release()
    second = Actor(redis_url, name="w2", context_length=1024)
    second.claim()
    room.look_until("picked up again by another worker")
    second.write(2)
    room.look_until("Picked up again by another worker at word 3.")
    room.press("Stop")
    room.look_until("Stopped")
    assert "Picked up again by another worker at word 3." in room.shown()
    second.close()
    clear_session_resource_cache(APP_TEST_SESSION)
    again = Room(room.client, room.actor)
    again.open("write", **dict(room.tab.query_params))
    assert "Picked up again by another worker at word 3." in again.shown()


def test_a_lost_reader_can_try_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_SILENCE_SECONDS", "0.3")
    monkeypatch.setenv("STREAM_GIVE_UP_SECONDS", "1")
    begin(room)
    room.look_until("cannot be shown")
    assert "Nothing came for" in room.shown()
    monkeypatch.setenv("STREAM_GIVE_UP_SECONDS", "60")
    room.write(2)
    room.press("Try again")
    room.look_until("Done")
    assert text(room) == "t1 t2 "


def test_a_closed_tab_ends_its_reader_and_not_the_story(room: Room) -> None:
    begin(room)
    room.actor.claim()
    write_words(room, "Once")
    room.look_until("Once")
    told = passage(room)
    clear_session_resource_cache(APP_TEST_SESSION)  # As the runtime does when a tab closes.
    write_words(room, " upon")
    wait_for(lambda: not _readers(), "the reader has ended")
    assert told.job_id is not None
    assert room.client.jobs.read(told.job_id).status is JobStatus.RUNNING


def test_an_api_that_hangs_does_not_keep_the_controls_away(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = room.told()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("API_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        room.tab.query_params["story"] = told.id
        began = time.monotonic()
        room.tab.run()
        assert time.monotonic() - began < 8, "it is not the patience of a request, 15 s"
    assert room.tab.selectbox(key="sheet_genre").value == "fantasy"
    assert "cannot be reached" in room.shown()


def test_an_api_that_restarts_in_the_middle_of_a_story_heals_by_itself(
    room: Room, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    settings = api_settings(redis_url, sqlite_url(tmp_path), api_port=port)
    monkeypatch.setenv("API_URL", f"http://127.0.0.1:{port}")
    with serving(settings):
        begin(room)
        room.actor.claim()
        write_words(room, "Once", " upon")
        room.look_until("Once upon")
    room.look_until("Connection lost, trying again…")
    assert text(room) == "Once upon"
    write_words(room, " a time")
    with serving(settings):
        room.look_until("Once upon a time")
        room.look_until("Writing…")
        room.press("Stop")
        room.look_until("Stopped")


def _readers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("reader-")]
