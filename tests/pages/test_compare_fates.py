"""What else can happen to two stories: stopped, failed, gone, kept, judged, asked for twice."""

from html import escape

import pytest

from services.ui import clicks
from shared.schemas import JobStatus
from tests.pages.comparing import (
    HOSTILE,
    VOTES,
    ask,
    both_told,
    comparing_of,
    jobs_of,
    look_until_votes_can_be_cast,
    write_both,
)
from tests.pages.mute import MuteApi
from tests.pages.room import SEED, Room


def test_stop_ends_both_and_keeps_their_text(room: Room) -> None:
    ask(room)
    for tokens in (2, 3):
        room.actor.claim()
        room.actor.write(tokens)
    room.look_until("t1 t2 t3 ")
    room.press("Stop both")
    look_until_votes_can_be_cast(room)
    assert room.shown().count("Stopped · ") == 2
    assert [job.status for job in jobs_of(room)] == [JobStatus.CANCELLED] * 2


def test_a_story_that_failed_leaves_no_vote_but_another_try(room: Room) -> None:
    ask(room)
    room.actor.claim()
    room.actor.fail()
    room.write(3)
    room.look_until("Without two stories there is nothing to vote on.")
    assert "The engine stumbled." in room.shown()
    assert not set(VOTES) & {button.label for button in room.tab.button}
    before = jobs_of(room)
    comparing_of(room).begun = None  # Too long ago for a double click.
    room.press("Try again")
    after = jobs_of(room)
    assert not {job.id for job in before} & {job.id for job in after}
    assert {job.request.story_seed for job in after} == {SEED}
    assert len({job.seed for job in (*before, *after)}) == 4
    write_both(room)


def test_a_story_can_be_kept_once_the_vote_is_cast(room: Room) -> None:
    a, b = both_told(room)
    assert not any(button.label.startswith("Keep") for button in room.tab.button)
    room.press("Story A")
    room.press("Keep story B in my library")
    [kept] = room.client.stories.page().stories
    passages = room.client.stories.read(kept.id).passages
    assert passages[-1].job_id == b.id
    [link] = room.links()
    assert f"story={kept.id}&passage={passages[-1].id}" in link.query_string
    assert {button.label for button in room.tab.button} & {"Keep story A in my library"}
    assert a.id != b.id


def test_each_story_can_be_judged_once_the_vote_is_cast(room: Room) -> None:
    a, _ = both_told(room)
    assert not room.tab.feedback
    room.press("Story A")
    room.tab.feedback[1].set_value(4)
    room.press("Send feedback")
    [said] = room.client.opinions.page().feedback
    assert (said.job_id, said.rating) == (a.id, 5)


def test_a_hostile_seed_is_shown_as_it_is(room: Room) -> None:
    both_told(room, HOSTILE)
    assert escape(HOSTILE) in room.shown()
    assert HOSTILE not in room.shown()
    assert not room.tab.markdown


def test_a_refused_seed_is_told_and_nothing_is_written(room: Room) -> None:
    room.open("compare")
    room.press("Write")
    assert "Story seed: must not be empty" in room.shown()
    assert not room.tab.query_params


def test_a_double_click_is_one_wish(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    # A whole page is drawn here between the two, which takes a busy machine longer than a click.
    monkeypatch.setattr(clicks, "DOUBLE_CLICK_SECONDS", 10)
    ask(room)
    pair = dict(room.tab.query_params)
    room.tab.query_params.clear()  # The browser sends the second click with the old address.
    room.tab.run()
    room.press("Write")
    assert dict(room.tab.query_params) == pair
    write_both(room)


def test_a_pair_is_asked_for_once_though_an_answer_was_lost(room: Room, between: MuteApi) -> None:
    between.unanswered = b"POST /v1/jobs "
    ask(room)
    assert "cannot be reached" in room.shown()
    between.unanswered = None
    room.press("Write")
    jobs = room.client.jobs.page().jobs
    assert {each.id for each in jobs} == {each.id for each in jobs_of(room)}
    assert len(jobs) == 2
    write_both(room)


def test_two_others_can_be_compared_with_the_same_words(room: Room) -> None:
    both_told(room)
    room.press("Story A")
    room.press("Compare two others")
    assert not room.tab.query_params
    assert room.tab.text_area[0].value == SEED


def test_a_story_that_is_gone_can_only_be_read_again(room: Room) -> None:
    room.open("compare", a="0" * 32, b="1" * 32)
    room.look_until("Without two stories there is nothing to vote on.")
    assert "There is no such story." in room.shown()
    assert "Read again" in {button.label for button in room.tab.button}
