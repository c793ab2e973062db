"""The library page's list: finding, opening, deleting, restoring and importing stories."""

import json
import time
from html import escape

import pytest
from streamlit.testing.v1 import AppTest

from shared.library import (
    BEGINNING_CHARS,
    Edit,
    FileFormat,
    NewStory,
    StoryView,
    Telling,
)
from shared.schemas import GenerateRequest
from shared.story_files import MAX_FILE_BYTES
from tests.pages.room import SEED, Room
from tests.pages.shelf import (
    HOSTILE,
    branching,
    cards,
    labels,
    press,
    search,
    show,
    titled,
    titles,
    upload,
)
from tests.pages.writing import write_words


def test_empty_library_says_what_to_do(room: Room) -> None:
    room.open("library")
    assert "No stories yet." in room.shown()
    assert [link.label for link in room.links()] == ["Write a story"]


def test_last_changed_story_is_first_and_tells_its_age(room: Room) -> None:
    fox, owl = titled(room, "The fox"), titled(room, "The owl")
    room.open("library")
    assert titles(room) == ["The owl", "The fox"]
    room.client.stories.rename(fox, "The old fox")
    room.tab.run()
    assert titles(room) == ["The old fox", "The owl"]
    assert ">just now</time>" in room.shown()
    full = time.strftime("%d %B %Y, %H:%M UTC", time.gmtime(owl.updated_at))
    assert f'<time title="{full}">' in room.shown()


def test_card_tells_how_long_a_story_is_and_how_it_begins(room: Room) -> None:
    branching(room)
    long = room.told(tokens=200).passages[1].text[:BEGINNING_CHARS]
    room.open("library")
    room.look_until(f'dir="auto">{long.rstrip()}…</p>')
    newer, older = cards(room)
    assert " · 1 passage in all branches</p>" in newer
    assert 'dir="auto">t1 t2 t3</p>' in older
    assert " · 3 passages in all branches</p>" in older


def test_an_excerpt_that_ends_with_a_sentence_ends_in_three_dots(room: Room) -> None:
    room.client.stories.create(NewStory(request=GenerateRequest(story_seed=SEED)))
    room.actor.claim()
    text = f"{'a' * (BEGINNING_CHARS - 1)}. And on."
    write_words(room, text)
    room.actor.finish(text)
    room.open("library")
    room.look_until("a…</p>")


def test_it_says_which_stories_it_has_and_how_others_come_in(room: Room) -> None:
    job = room.client.jobs.create(GenerateRequest(story_seed="Told elsewhere"))
    room.open("library")
    assert not titles(room)
    assert "<code>once export JOB</code>" in room.shown()
    room.client.stories.create(NewStory(job_id=job.id))
    room.tab.run()
    assert titles(room) == ["Told elsewhere"]


def test_more_stories_come_a_page_at_a_time(room: Room) -> None:
    told = room.told()
    file = room.client.stories.export(told.id, FileFormat.JSON)
    for _ in range(44):
        room.client.stories.take_in(file)
    room.open("library")
    for shown in (20, 40):
        assert len(titles(room)) == shown
        room.press("More stories")
    assert len(titles(room)) == 45
    assert "More stories" not in labels(room)
    search(room, "lighthouse")
    assert len(titles(room)) == 20, "another list begins with its first page"


def test_opening_a_story_is_offered_before_deleting_it(room: Room) -> None:
    story = room.told()
    room.open("library")
    assert [link.label for link in room.links()] == ["Open →"]
    assert room.tab.button(key=f"delete-{story.id}").proto.type == "tertiary"


def test_open_leads_to_the_writing_page_with_the_story(room: Room) -> None:
    story = room.told()
    room.open("library")
    [link] = room.links()
    assert (link.label, link.query_string) == ("Open →", f"story={story.id}")


def test_delete_and_undo(room: Room) -> None:
    story, other = titled(room, HOSTILE), titled(room, "The owl")
    room.open("library")
    press(room, f"delete-{story.id}")
    assert titles(room) == ["The owl"]
    assert f"‘{escape(HOSTILE)}’" in room.shown()
    search(room, "owl")
    assert "was deleted." in room.shown(), "it stays until something else is deleted or undone"
    room.press("Undo")
    search(room, "")
    assert titles(room) == [escape(HOSTILE), "The owl"]
    assert "was deleted." not in room.shown()
    press(room, f"delete-{story.id}")
    press(room, f"delete-{other.id}")
    assert "‘The owl’" in room.shown()
    assert escape(HOSTILE) not in room.shown()


def test_delete_of_a_story_that_was_changed_meanwhile(room: Room) -> None:
    story = room.told()
    room.open("library")
    room.client.stories.rename(story, "From the other tab")
    press(room, f"delete-{story.id}")
    assert "nothing that you typed is lost" in room.shown()
    assert titles(room) == ["From the other tab"]
    assert "Undo" not in labels(room)
    press(room, f"delete-{story.id}")
    assert titles(room) == []


def test_delete_of_a_story_that_another_tab_deleted(room: Room) -> None:
    story = room.told()
    room.open("library")
    room.client.stories.delete(story.id, version=story.version)
    press(room, f"delete-{story.id}")
    assert "This story is deleted" in room.shown()
    assert titles(room) == []


def _deleted_twice(story: "StoryView") -> None:
    """What a double click does: its second click carries the story as the first did."""
    from services.ui.shelf import actions, pieces

    for _ in range(2):
        actions.delete(story)
    pieces.refusal()


def test_a_double_click_deletes_a_story_and_blames_nobody(room: Room) -> None:
    story = room.told()
    tab = AppTest.from_function(_deleted_twice, args=(story,)).run()
    assert not tab.exception
    assert not tab.get("html"), "nothing was refused"
    assert room.client.stories.read(story.id).deleted_at is not None


def test_deleted_stories_are_listed_and_restored(room: Room) -> None:
    story, other = titled(room, "The fox"), titled(room, "The owl")
    room.client.stories.delete(story.id, version=story.version)
    room.open("library")
    show(room, "Deleted stories")
    assert titles(room) == ["The fox"]
    press(room, f"restore-{story.id}")
    assert "No story is deleted." in room.shown()
    show(room, "Stories")
    assert titles(room) == ["The fox", other.title]


def test_what_was_undone_elsewhere_needs_no_undo(room: Room) -> None:
    story = room.told()
    room.open("library")
    press(room, f"delete-{story.id}")
    show(room, "Deleted stories")
    press(room, f"restore-{story.id}")
    assert "Undo" not in labels(room)


def test_exported_story_is_imported_once_and_shown(room: Room) -> None:
    story = branching(room)
    content = room.client.stories.export(story.id, FileFormat.JSON)
    room.open("library")
    upload(room, content)
    room.tab.run()
    assert "3 passages in all branches" in room.shown()
    stories = room.client.stories.page().stories
    assert len(stories) == 2
    assert room.tab.query_params["story"] == stories[0].id != story.id
    room.press("← All stories")
    room.tab.run()
    assert len(titles(room)) == 2
    upload(room, content)
    assert len(room.client.stories.page().stories) == 3, "another upload is another story"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"Once upon a time", "This file is not JSON."),
        (b"\xff\xfe", "This file is not JSON."),
        (json.dumps({"format": "another"}).encode(), "This file holds no story in our form."),
        (b" " * (MAX_FILE_BYTES + 1), "This file is too large: a story may have 8 MiB."),
    ],
)
def test_file_that_is_no_story_is_told_plainly(room: Room, content: bytes, told: str) -> None:
    room.open("library")
    upload(room, content)
    assert told in room.shown()
    assert room.client.stories.page().stories == []
    room.tab.run()
    assert told not in room.shown(), "told once"


def test_words_from_outside_are_never_obeyed(room: Room) -> None:
    story = room.told(HOSTILE)
    story = room.client.stories.rename(story, HOSTILE)
    room.client.stories.edit(story, story.passages[1].id, Edit(text=HOSTILE))
    room.client.stories.tell_on(story.id, story.passages[0].id, Telling())
    for address in ({}, {"story": story.id}):
        room.open("library", **address)
        assert escape(HOSTILE) in room.shown()
        assert "<img" not in room.shown()
        for kind in ("markdown", "button", "download_button", "page_link", "expandable"):
            assert not [each for each in room.tab.get(kind) if "127.0.0.1:9" in str(each.proto)]
        assert not [each for each in room.tab.main if "127.0.0.1:9" in getattr(each, "label", "")]


def test_service_that_is_down_is_said_plainly(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_URL", "http://127.0.0.1:1")
    room.open("library")
    assert "cannot be reached" in room.shown()
    room.open("library", story="x")
    assert "cannot be reached" in room.shown()
