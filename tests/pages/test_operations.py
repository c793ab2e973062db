"""The Operations page, on the real API."""

import pytest
import streamlit as st

from shared.joblog import commands
from shared.schemas import GenerateRequest, Priority
from tests.pages.room import SEED, Room

HOSTILE = "<img src=x onerror=alert(1)>"


def ask(room: Room, priority: Priority = Priority.INTERACTIVE) -> None:
    room.client.jobs.create(GenerateRequest(story_seed=SEED, priority=priority))


def beat(room: Room, **changes: object) -> None:
    """As the worker itself tells how it does."""
    info = room.actor.info.model_copy(update=changes)
    room.actor.joblog.run(commands.heartbeat(info, []))


def test_tells_what_waits_and_what_runs(room: Room) -> None:
    for priority in (Priority.INTERACTIVE, Priority.INTERACTIVE, Priority.BATCH):
        ask(room, priority)
    beat(room, running=3, slots=16, tokens_per_second=412.4)
    room.open("operations")
    shown = room.shown()
    assert "<b>3</b><span>2 interactive, 1 batch</span>" in shown
    assert "<b>3 of 16</b>" in shown
    assert "<b>412</b><span>all stories together</span>" in shown
    assert "Tokens per second, the last 3 minutes: highest 412" in shown


def test_a_worker_without_a_story_writes_nothing_now(room: Room) -> None:
    beat(room, running=0, tokens_per_second=412.4)
    room.open("operations")
    assert "<b>0</b><span>all stories together</span>" in room.shown()
    assert "<td>412</td>" in room.shown(), "how fast it last was"


def test_names_of_workers_are_shown_as_they_are(room: Room) -> None:
    beat(room, id=HOSTILE)
    room.open("operations")
    assert "&lt;img src=x onerror=alert(1)&gt;" in room.shown()
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


def test_says_how_killing_is_switched_on(room: Room) -> None:
    room.open("operations")
    assert "development mode" in room.shown()
    assert not [item for item in room.tab.button if item.label == "Kill a worker now"]
