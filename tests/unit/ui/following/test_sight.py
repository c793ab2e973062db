"""What is told of a story to a browser that follows it."""

import pytest

from services.ui.following.sight import Look, Sight
from services.ui.story import Story
from shared.client.errors import ApiError, ClientCode
from shared.events import CancelledEvent, Event, ResumedEvent, StartedEvent, TokenEvent
from tests.fake_api import FakeApi

STARTED = StartedEvent(worker="w1", model="m", attempt=1)


def told(*events: Event) -> Story:
    story = Story()
    for event in events:
        story = story.after(event)
    return story


def tokens(*words: str) -> list[Event]:
    return [TokenEvent(index=at, text=word, ids=[at]) for at, word in enumerate(words, start=1)]


def test_the_first_news_is_all_of_it_and_the_next_only_what_came() -> None:
    before = Sight.of(told(STARTED, *tokens("Once", " upon")), Look())
    after = Sight.of(told(STARTED, *tokens("Once", " upon", " a")), Look())
    assert before.since(None) == {
        "text": "Once upon",
        "status": "Writing…",
        "colour": "writing",
        "note": "",
        "over": False,
    }
    news = after.since(before)
    assert news is not None
    assert news["more"] == " a"
    assert "text" not in news
    assert after.since(after) is None


def test_a_text_that_is_not_the_one_told_is_told_whole() -> None:
    before = Sight.of(told(*tokens("Once")), Look())
    news = Sight.of(told(*tokens("Twice")), Look()).since(before)
    assert news is not None
    assert news["text"] == "Twice"


def test_the_end_is_told_even_if_no_word_came_with_it() -> None:
    before = Sight.of(told(*tokens("Once")), Look())
    news = Sight.of(told(*tokens("Once"), CancelledEvent()), Look()).since(before)
    assert news is not None
    assert (news["more"], news["over"]) == ("", True)


@pytest.mark.parametrize(("words_before", "text"), [(0, "Once"), (3, "\n Once")])
def test_only_a_page_s_first_words_lose_the_space_before_them(words_before: int, text: str) -> None:
    assert Sight.of(told(*tokens("\n Once")), Look(words_before)).text == text


def test_a_pickup_is_counted_from_the_page_s_first_word() -> None:
    story = told(STARTED, *tokens("Once", " upon"), ResumedEvent(attempt=2))
    assert Sight.of(story, Look(10)).note.endswith("at word 12.")


def test_a_lost_connection_and_silence_are_news() -> None:
    story = told(STARTED, *tokens("Once"))
    trouble = ApiError(ClientCode.UNREACHABLE, "It is away.")
    assert "The service cannot be reached." in Sight.of(story, Look(), trouble=trouble).status
    assert Sight.of(story, Look(), silent_seconds=60).colour == "waiting"


def test_a_blind_look_tells_nothing_of_the_request(api: FakeApi) -> None:
    job = api.add().view()
    story = told(*tokens("Once"), CancelledEvent()).told_by(job)
    assert f"seed {job.seed}" in Sight.of(story, Look()).status
    assert "seed" not in Sight.of(story, Look(is_blind=True)).status


def test_a_look_comes_back_from_its_address() -> None:
    look = Look(words_before=12, is_blind=True)
    path, _, query = look.url("a/b").partition("?")
    assert path == "live/a%2Fb"
    assert Look.asked(dict(part.split("=") for part in query.split("&"))) == look
    with pytest.raises(ValueError, match="nothing"):
        Look.asked({"before": "nothing"})
