"""The Operations page, on the real API."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1.element_tree import Button

from services.ui import clicks
from shared.joblog import commands
from shared.schemas import GenerateRequest, Priority
from tests.pages.room import SEED, Room, wait_for
from tests.unit.api.serving import ROOM_KEY, guarded_settings, serving, sqlite_url

KILL = "Kill a worker now"
SEAM = '<span class="once-seam">killed here</span>'
HOSTILE = "<img src=x onerror=alert(1)>"


def ask(room: Room, priority: Priority = Priority.INTERACTIVE) -> None:
    room.client.jobs.create(GenerateRequest(story_seed=SEED, priority=priority))


def waiting(room: Room) -> int:
    return room.client.operations.queue().depth.interactive


def show(room: Room, text: str, **worker: object) -> None:
    """Look until the page shows the text, while the worker tells this of itself."""
    info = room.actor.info.model_copy(update=worker)

    def seen() -> bool:
        room.actor.joblog.run(commands.heartbeat(info, []))
        room.tab.run()
        return text in room.shown()

    wait_for(seen, f"{text!r} on the page")


def test_tells_what_waits_and_what_runs(room: Room) -> None:
    for priority in (Priority.INTERACTIVE, Priority.INTERACTIVE, Priority.BATCH):
        ask(room, priority)
    room.open("operations")
    show(room, "<b>3 of 16</b>", running=3, slots=16, tokens_per_second=412.4)
    shown = room.shown()
    assert "<b>3</b><span>2 interactive, 1 batch</span>" in shown
    assert "<b>412</b><span>all stories together</span>" in shown
    assert "Tokens per second, as this page saw it since it was opened: highest 412" in shown


def test_its_parts_are_headed_as_those_of_other_pages(room: Room) -> None:
    room.open("operations")
    assert '<h2 class="once-section">Kill a worker</h2>' in room.html()


def test_a_worker_without_a_story_writes_nothing_now(room: Room) -> None:
    room.open("operations")
    show(room, "<td>412</td>", running=0, tokens_per_second=412.4)
    assert "<b>0</b><span>all stories together</span>" in room.shown()


def test_names_of_workers_are_shown_as_they_are(room: Room) -> None:
    room.open("operations")
    show(room, "&lt;img src=x onerror=alert(1)&gt;", id=HOSTILE)
    assert "<img" not in room.shown()


def test_heals_by_itself_once_the_api_answers(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.open("operations")
    with monkeypatch.context() as away:
        away.setenv("API_URL", "http://127.0.0.1:9")
        st.cache_resource.clear()
        room.look_until("cannot be reached")
        assert "Slots in use" not in room.shown(), "old figures are not shown as if they were new"
    st.cache_resource.clear()
    room.look_until("Slots in use")
    assert "cannot be reached" not in room.shown()


def test_says_how_killing_is_switched_on(
    room: Room, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = guarded_settings(redis_url, sqlite_url(tmp_path), ui_api_key=ROOM_KEY)
    with serving(settings) as elsewhere:
        monkeypatch.setenv("API_URL", elsewhere)
        monkeypatch.setenv("API_KEY", ROOM_KEY)
        room.open("operations")
        assert "In development mode" in room.shown()
        assert not [item for item in room.tab.button if item.label == KILL]


def test_a_killed_worker_changes_nothing_and_the_page_shows_it(room: Room) -> None:
    room.open("operations")
    room.press(KILL)
    wait_for(lambda: waiting(room) == 1, "the first telling is asked for")
    room.write(6)
    wait_for(lambda: waiting(room) == 1, "the second telling is asked for")
    room.actor.beat()
    room.actor.claim()
    room.actor.write(2)
    room.look_until("<b>w1</b> was killed at word 2")
    assert "The same so far" in room.shown()
    room.actor.release()
    room.actor.claim()
    room.look_until("picked up again")
    room.actor.write(4)
    room.actor.finish()
    room.look_until("Identical, byte for byte")
    assert "by <b>w1</b> (attempt 2)" in room.shown()
    assert f"t1 t2 {SEAM}t3 t4 t5 t6 " in room.shown()
    assert not kill_button(room).disabled


def test_a_refresh_shows_the_same_demonstration_running_and_over(room: Room) -> None:
    room.open("operations")
    room.press(KILL)
    fresh = Room(room.client, room.actor)
    fresh.open("operations", demonstration=shown_demonstration(room))
    assert "To be told in peace" in fresh.shown()
    assert kill_button(fresh).disabled
    wait_for(lambda: waiting(room) == 1, "the first telling is asked for")
    room.write(6)
    wait_for(lambda: waiting(room) == 1, "the second telling is asked for")
    room.write(1)
    for looker in (room, fresh):
        looker.look_until("They differ")
        assert "Told in peace: 6 words" in looker.shown()
        assert not kill_button(looker).disabled


@pytest.mark.parametrize("unknown", ["0" * 32, "<b>", "../x"])
def test_an_unknown_demonstration_is_none(room: Room, unknown: str) -> None:
    room.open("operations", demonstration=unknown)
    assert '<ol class="once-steps">' not in room.html()
    assert not kill_button(room).disabled


def test_a_double_click_begins_one_demonstration_and_a_later_click_the_next(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A whole page is drawn here between the two, which takes a busy machine longer than a click.
    monkeypatch.setattr(clicks, "DOUBLE_CLICK_SECONDS", 10)
    room.open("operations")
    room.press(KILL)
    first = shown_demonstration(room)
    room.tab.query_params.clear()  # The browser sends the second click with the old address.
    room.tab.run()
    room.press(KILL)
    assert shown_demonstration(room) == first
    wait_for(lambda: waiting(room) == 1, "the first telling is asked for")
    room.client.jobs.cancel(room.client.jobs.page().jobs[0].id)
    room.look_until('role="alert"')
    monkeypatch.setattr(clicks, "DOUBLE_CLICK_SECONDS", 0)
    room.press(KILL)
    assert shown_demonstration(room) != first
    assert "To be told in peace" in room.shown()


def kill_button(room: Room) -> Button:
    return next(item for item in room.tab.button if item.label == KILL)


def shown_demonstration(room: Room) -> str:
    """The one that the address names."""
    return str(room.tab.query_params["demonstration"])
