"""The feedback panel on its own page, against the real API."""

import pytest
from streamlit.testing.v1 import AppTest

from shared.opinions import NewFeedback, Thumbs
from shared.schemas import GenerateRequest
from tests.pages.room import SEED, Room

HOSTILE = '<img src="http://x.invalid/a.png"> ![b](http://x.invalid/c.png) **d**'


@pytest.fixture
def job_id(room: Room) -> str:
    """A job that is being written."""
    job = room.client.jobs.create(GenerateRequest(story_seed=SEED))
    room.actor.claim()
    room.actor.write(3)
    return job.id


@pytest.fixture
def panel(room: Room, job_id: str) -> Room:
    room.tab = AppTest.from_function(_only_the_panel, args=(job_id,), default_timeout=15)
    room.tab.run()
    return room


def _only_the_panel(job_id: str) -> None:
    from services.ui.feedback import feedback_panel

    feedback_panel(job_id, key="test")


def give(panel: Room, *, thumb: int | None = None, stars: int | None = None) -> None:
    thumbs, rating = panel.tab.feedback
    thumbs.set_value(thumb)
    rating.set_value(stars)


def test_what_a_reader_says_is_kept_with_what_the_story_depends_on(
    panel: Room, job_id: str
) -> None:
    panel.actor.finish()
    give(panel, thumb=1, stars=3)
    panel.tab.multiselect[0].set_value(["vivid", "sea"])
    panel.tab.text_area[0].set_value(HOSTILE)
    panel.press("Send feedback")
    assert "Thank you, kept." in panel.shown()
    [kept] = panel.client.opinions.page().feedback
    assert (kept.job_id, kept.rating, kept.thumbs) == (job_id, 4, Thumbs.UP)
    assert (kept.tags, kept.comment) == (["vivid", "sea"], HOSTILE)
    assert (kept.model, kept.request.story_seed) == ("tiny", SEED)
    assert kept.receipt is not None
    assert HOSTILE not in panel.shown()
    assert not panel.tab.markdown


def test_a_changed_mind_is_kept_as_well(panel: Room) -> None:
    panel.actor.finish()
    give(panel, thumb=0)
    panel.press("Send feedback")
    give(panel, thumb=0, stars=0)
    panel.press("Send feedback")
    newest, first = panel.client.opinions.page().feedback
    assert (newest.rating, newest.thumbs) == (1, Thumbs.DOWN)
    assert (first.rating, first.thumbs) == (None, Thumbs.DOWN)


def test_who_comes_back_sees_what_they_said(panel: Room, job_id: str) -> None:
    panel.actor.finish()
    said = NewFeedback(thumbs=Thumbs.DOWN, rating=2, tags=["dull", "vivid"], comment="So so.")
    panel.client.opinions.say(job_id, said)
    again = Room(panel.client, panel.actor)
    again.tab = AppTest.from_function(_only_the_panel, args=(job_id,), default_timeout=15)
    again.tab.run()
    assert [each.value for each in again.tab.feedback] == [0, 1]
    assert again.tab.multiselect[0].value == ["dull", "vivid"]
    assert again.tab.text_area[0].value == "So so."


def test_nothing_said_is_told_and_not_sent(panel: Room) -> None:
    panel.actor.finish()
    panel.tab.text_area[0].set_value("only words")
    panel.press("Send feedback")
    assert "Give a thumb or stars, then send." in panel.shown()
    assert not panel.client.opinions.page().feedback
    assert panel.tab.text_area[0].value == "only words"


def test_a_tag_that_is_too_long_is_named(panel: Room) -> None:
    panel.actor.finish()
    give(panel, stars=2)
    panel.tab.multiselect[0].set_value(["x" * 41])
    panel.press("Send feedback")
    assert "Tags: must be at most 40 characters long" in panel.shown()
    assert not panel.client.opinions.page().feedback


def test_an_unfinished_story_is_refused_and_can_be_judged_later(panel: Room) -> None:
    give(panel, stars=4)
    panel.press("Send feedback")
    assert "Wait until this story is written, or stop it." in panel.shown()
    panel.actor.finish()
    panel.press("Send feedback")
    assert "Thank you, kept." in panel.shown()
    assert "Wait until" not in panel.shown()
    assert panel.client.opinions.page().feedback[0].rating == 5
