"""A story that ends while a page is being run: the page knows it everywhere, or nowhere yet."""

import threading
from collections.abc import Callable

import pytest

from services.ui.reader import Reader
from services.ui.story import Story
from tests.pages.comparing import ask, look_until_votes_can_be_cast, votes_can_be_cast
from tests.pages.room import Room, wait_for
from tests.pages.writing import begin, labels


def end_at_the_first_look(monkeypatch: pytest.MonkeyPatch, end: Callable[[], object]) -> None:
    """Let the story that runs have ended by the time of a page's second look at it."""
    is_ended = False

    def look(reader: Reader) -> Story:
        nonlocal is_ended
        told: Story = vars(reader)["story"]
        is_reader = threading.current_thread().name.startswith("reader-")
        if not is_reader and not is_ended and not told.phase.is_final:
            is_ended = True
            end()
            wait_for(lambda: vars(reader)["story"].phase.is_final, "the reader knows the ending")
        return told

    def hear(reader: Reader, story: Story) -> None:
        vars(reader)["story"] = story

    monkeypatch.setattr(Reader, "story", property(look, hear), raising=False)


def test_the_writing_page_tells_an_ending_everywhere_or_nowhere(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(room)
    room.actor.claim()
    room.actor.write(3)
    room.look_until("Writing…")
    room.look_until("t1 t2 t3 ")
    end_at_the_first_look(monkeypatch, room.actor.finish)
    room.tab.run()
    assert "Writing…" in room.shown()
    assert "Stop" in labels(room)
    assert not {"Continue", "Edit"} & set(labels(room))
    assert room.parts("page")[0]["url"], "the browser hears of the ending and runs the page"
    room.tab.run()
    assert "Done" in room.shown()
    assert "Stop" not in labels(room)
    assert {"Continue", "Edit"} <= set(labels(room))


def test_the_comparing_page_tells_an_ending_everywhere_or_nowhere(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(room)
    room.write(3)
    room.actor.claim()
    room.actor.write(3)
    room.look_until("Writing…")
    room.look_until("Done")
    end_at_the_first_look(monkeypatch, room.actor.finish)
    room.tab.run()
    assert votes_can_be_cast(room) is ("Stop both" not in labels(room))
    look_until_votes_can_be_cast(room)
    assert "Stop both" not in labels(room)
