"""The comparing page: blind until the vote, one vote, and then everything is told."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from html import escape

import pytest

from services.ui.comparing.pair import ComparingState
from services.ui.state import PageState
from shared.opinions import Winner
from shared.schemas import JobStatus, JobView
from tests.pages.room import SEED, Room, wait_for
from tests.unit.api.acting import MODEL, Actor, story

HOSTILE = '<img src="http://x.invalid/a.png"> ![b](http://x.invalid/c.png) **d**'
OTHER_MODEL = "<b>other</b> ![x](http://x.invalid/m.png)"
VOTES = {"Story A": Winner.A, "Neither": Winner.TIE, "Story B": Winner.B}


@pytest.fixture
def second(redis_url: str) -> Iterator[Actor]:
    """A worker of another model, whose name is no good name for one."""
    actor = Actor(redis_url, name="w2", context_length=1024, model=OTHER_MODEL)
    actor.beat()
    yield actor
    actor.close()


def ask(room: Room, seed: str = SEED) -> None:
    room.open("compare")
    fill_and_send(room, seed)


def fill_and_send(room: Room, seed: str = SEED) -> None:
    seeds = next(area for area in room.tab.text_area if area.label == "Story seed")
    seeds.set_value(seed)
    room.press("Write")


def jobs_of(room: Room) -> tuple[JobView, JobView]:
    """Story A's and story B's."""
    a, b = (room.client.jobs.read(str(room.tab.query_params[name])) for name in "ab")
    return a, b


def write_both(room: Room) -> None:
    room.write(3)
    room.write(5)


def both_told(room: Room, seed: str = SEED) -> tuple[JobView, JobView]:
    """Two stories that are written: A of 3 tokens, B of 5."""
    ask(room, seed)
    write_both(room)
    look_until_votes_can_be_cast(room)
    return jobs_of(room)


def all_of(room: Room) -> str:
    """Whatever is sent to the browser, and the address."""
    sent = "".join(str(node.proto) for node in room.tab.main)
    return f"{sent}\n{dict(room.tab.query_params)}"


def votes_can_be_cast(room: Room) -> bool:
    enabled = {button.label for button in room.tab.button if not button.disabled}
    return set(VOTES) <= enabled


def look_until_votes_can_be_cast(room: Room) -> None:
    def seen() -> bool:
        room.tab.run()
        assert not room.tab.exception
        return votes_can_be_cast(room)

    wait_for(seen, "both have ended")


def comparing_of(room: Room) -> ComparingState:
    state = room.tab.session_state["page"]
    assert isinstance(state, PageState)
    return state.comparing


def compared(room: Room) -> list[dict[str, str]]:
    """The comparisons that are kept."""
    lines = room.client.opinions.export().splitlines()
    return [line for line in map(json.loads, lines) if line["kind"] == "comparison"]


def test_both_stories_appear_while_they_are_written(room: Room) -> None:
    ask(room)
    room.actor.claim()
    room.actor.write(2)
    room.look_until(">t1 t2 <")
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
    del room.tab.query_params["vote"]  # As the back button does.
    room.tab.run()
    assert not set(VOTES) & {button.label for button in room.tab.button}
    assert len(compared(room)) == 1


def test_a_refresh_keeps_the_sides_and_the_vote(room: Room) -> None:
    a, b = both_told(room)
    room.press("Story B")
    fresh = Room(room.client, room.actor)
    fresh.open("compare", a=a.id, b=b.id, vote="b")
    fresh.look_until("You chose story B.")
    assert not set(VOTES) & {button.label for button in fresh.tab.button}
    first, other = fresh.shown().index("A was told by"), fresh.shown().index("B was told by")
    assert str(a.seed) in fresh.shown()[first:other]
    assert str(b.seed) in fresh.shown()[other:]


def test_a_vote_that_is_no_vote_opens_the_ballot(room: Room) -> None:
    a, b = both_told(room)
    fresh = Room(room.client, room.actor)
    fresh.open("compare", a=a.id, b=b.id, vote="both")
    look_until_votes_can_be_cast(fresh)
    assert "was told by" not in fresh.shown()


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
    [link] = room.tab.get("page_link")
    assert f"story={kept.id}&passage={passages[-1].id}" in str(link.proto)
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


def test_a_double_click_is_one_wish(room: Room) -> None:
    ask(room)
    pair = dict(room.tab.query_params)
    room.tab.query_params.clear()  # The browser sends the second click with the old address.
    room.tab.run()
    comparing = comparing_of(room)
    assert comparing.begun is not None
    comparing.begun = replace(comparing.begun, at=time.monotonic())  # However slow the test is.
    room.press("Write")
    assert dict(room.tab.query_params) == pair
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
