"""The comparing page: blind until the vote, one vote, and then everything is told."""

from collections.abc import Iterator
from html import escape

import pytest

from shared.opinions import NewComparison, Winner
from tests.pages.comparing import (
    HOSTILE,
    VOTES,
    all_of,
    ask,
    both_told,
    compared,
    fill_and_send,
    jobs_of,
    look_until_votes_can_be_cast,
    votes_can_be_cast,
)
from tests.pages.room import SEED, Room
from tests.unit.api.acting import MODEL, Actor, story

OTHER_MODEL = "<b>other</b> ![x](http://x.invalid/m.png)"


@pytest.fixture
def second(redis_url: str) -> Iterator[Actor]:
    """A worker of another model, whose name is no good name for one."""
    actor = Actor(redis_url, name="w2", context_length=1024, model=OTHER_MODEL)
    actor.beat()
    yield actor
    actor.close()


def test_both_stories_appear_while_they_are_written(room: Room) -> None:
    ask(room)
    assert f'<p class="once-seed" dir="auto">{SEED}</p>' in room.shown()
    room.actor.claim()
    room.actor.write(2)
    room.look_until("t1 t2 ")
    room.look_until("Waiting: next in line")
    assert not votes_can_be_cast(room)
    room.actor.finish()
    room.write(4)
    look_until_votes_can_be_cast(room)
    assert "t1 t2 t3 t4 " in room.shown()
    a, b = jobs_of(room)
    assert a.request.story_seed == b.request.story_seed == SEED
    assert a.seed != b.seed


def test_nothing_tells_which_is_which_until_the_vote(room: Room) -> None:
    a, b = both_told(room)
    for secret in (str(a.seed), str(b.seed), MODEL):
        assert secret not in all_of(room)
    room.press("Story B")
    for told in (f"<dd>{a.seed}</dd>", f"<dd>{b.seed}</dd>", f"<dd>{MODEL}</dd>"):
        assert told in room.shown()
    assert "<dt>Temperature</dt><dd>0.9</dd>" in room.shown()
    assert "<dt>Tokens</dt><dd>3</dd>" in room.shown()
    at_once, _, in_detail = room.shown().partition("<summary>")
    assert str(a.seed) not in at_once
    assert str(a.seed) in in_detail, "whole, to tell the story again"


@pytest.mark.parametrize("label", VOTES)
def test_the_vote_is_kept_for_the_stories_as_they_were_shown(room: Room, label: str) -> None:
    both_told(room)
    next(area for area in room.tab.text_area if area.label.startswith("Why")).set_value(HOSTILE)
    room.press(label)
    [kept] = compared(room)
    assert kept["winner"] == VOTES[label]
    assert (kept["story_a"], kept["story_b"]) == (story(3), story(5))
    assert "<img" not in room.shown()


def test_two_models_are_compared_and_told_after_the_vote(room: Room, second: Actor) -> None:
    room.open("compare")
    models = [box for box in room.tab.selectbox if box.label.endswith(" model")]
    assert [box.value for box in models] == [MODEL, MODEL]
    models[1].set_value(OTHER_MODEL).run()
    fill_and_send(room)
    for actor in (room.actor, second):
        actor.claim()
        actor.write(3)
        actor.finish()
    look_until_votes_can_be_cast(room)
    for secret in (MODEL, OTHER_MODEL, escape(OTHER_MODEL)):
        assert secret not in all_of(room)
    room.press("Story A")
    a, b = jobs_of(room)
    assert {a.model, b.model} == {MODEL, OTHER_MODEL}
    first, other = room.shown().index("A was told by"), room.shown().index("B was told by")
    [kept] = compared(room)
    assert (kept["model_a"], kept["model_b"]) == (a.model, b.model)
    assert escape(a.model) in room.shown()[first:other]
    assert escape(b.model) in room.shown()[other:]
    assert OTHER_MODEL not in room.shown()


def test_there_is_one_vote(room: Room) -> None:
    both_told(room)
    room.press("Neither")
    assert not set(VOTES) & {button.label for button in room.tab.button}
    room.tab.run()
    assert not set(VOTES) & {button.label for button in room.tab.button}
    assert len(compared(room)) == 1


def test_a_refresh_keeps_the_sides_and_the_vote(room: Room) -> None:
    a, b = both_told(room)
    room.press("Story B")
    fresh = Room(room.client, room.actor)
    fresh.open("compare", a=a.id, b=b.id)
    fresh.look_until("You chose story B.")
    assert not set(VOTES) & {button.label for button in fresh.tab.button}
    first, other = fresh.shown().index("A was told by"), fresh.shown().index("B was told by")
    assert str(a.seed) in fresh.shown()[first:other]
    assert str(b.seed) in fresh.shown()[other:]


def test_no_address_reveals_what_was_not_voted_on(room: Room) -> None:
    a, b = both_told(room)
    fresh = Room(room.client, room.actor)
    fresh.open("compare", a=a.id, b=b.id, vote="a")
    look_until_votes_can_be_cast(fresh)
    assert "was told by" not in fresh.shown()


def test_a_vote_from_another_device_counts_here(room: Room) -> None:
    a, b = both_told(room)
    room.client.opinions.compare(NewComparison(job_a=b.id, job_b=a.id, winner=Winner.A))
    fresh = Room(room.client, room.actor)
    fresh.open("compare", a=a.id, b=b.id)
    fresh.look_until("You chose story B.")


def test_a_refused_vote_can_be_cast_again(room: Room) -> None:
    """Two stories for different prompts, as only a made-up address has them."""
    told = [room.told("A fox"), room.told("A hen")]
    a, b = (each.passages[-1].job_id or "" for each in told)
    room.open("compare", a=a, b=b)
    look_until_votes_can_be_cast(room)
    room.press("Story A")
    assert "not written for the same prompt" in room.shown()
    assert votes_can_be_cast(room)
    assert not compared(room)
