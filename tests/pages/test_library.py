"""The library page: finding, opening, renaming, deleting, exporting and importing stories."""

import json
import time
from collections.abc import Callable
from html import escape

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1.element_tree import FileUploader

from shared.library import Edit, FileFormat, StoryView, Telling
from shared.story_files import MAX_FILE_BYTES
from tests.pages.room import SEED, Room

HOSTILE = "<img src=x onerror=alert(1)> ![a](http://127.0.0.1:9/x.png) **b** `c` :material/home:"
Files = dict[str, Callable[[], bytes]]


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Files:
    """By its name, each file that a download button holds ready, as Streamlit asks for it."""
    held: Files = {}
    keep = MediaFileManager.add_deferred

    def add_deferred(
        self: MediaFileManager, data: Callable[[], bytes], *args: object, **kwargs: object
    ) -> str:
        held[str(kwargs["file_name"])] = data
        return keep(self, data, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(MediaFileManager, "add_deferred", add_deferred)
    return held


def titled(room: Room, title: str, seed: str = SEED) -> StoryView:
    return room.client.stories.rename(room.told(seed), title)


def branching(room: Room) -> StoryView:
    """The seed, a passage, its continuation, and an edit beside that."""
    story = room.told(tokens=3)
    room.client.stories.tell_on(story.id, story.passages[1].id, Telling())
    room.write(2)
    story = room.client.stories.read(story.id)
    room.client.stories.edit(story, story.passages[2].id, Edit(text="Another way"))
    return room.client.stories.read(story.id)


def titles(room: Room) -> list[str]:
    """Those on the cards, from top to bottom."""
    cards = [each.proto.body for each in room.tab.get("html") if "<article" in each.proto.body]
    return [card.partition("</h2>")[0].rpartition(">")[2] for card in cards]


def press(room: Room, key: str) -> None:
    room.tab.button(key=key).click().run()
    assert not room.tab.exception


def search(room: Room, words: str) -> None:
    room.tab.text_input(key="library-search").set_value(words).run()
    assert not room.tab.exception


def show(room: Room, which: str) -> None:
    room.tab.radio(key="library-show").set_value(which).run()
    assert not room.tab.exception


def upload(room: Room, content: bytes) -> None:
    uploader = room.tab.file_uploader[0]
    assert isinstance(uploader, FileUploader)
    uploader.set_value(("story.json", content, "application/json")).run()
    assert not room.tab.exception


def labels(room: Room) -> list[str]:
    return [button.label for button in room.tab.button]


def test_empty_library_says_what_to_do(room: Room) -> None:
    room.open("library")
    assert "No stories yet." in room.shown()
    assert [link.proto.label for link in room.tab.get("page_link")] == ["Write a story"]


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


def test_search_finds_titles_seeds_and_texts(room: Room) -> None:
    titled(room, "The fox", seed="Red fur")
    story = titled(room, "The owl", seed="Night")
    room.client.stories.edit(story, story.passages[1].id, Edit(text="a Moonlit barn"))
    room.open("library")
    for words, found in (
        ("FOX", ["The fox"]),
        (" red ", ["The fox"]),
        ("moonlit", ["The owl"]),
        ("the", ["The owl", "The fox"]),
    ):
        search(room, words)
        assert titles(room) == found
    search(room, HOSTILE)
    assert titles(room) == []
    assert f"No story holds “{escape(HOSTILE)}”." in room.shown()
    assert "Try fewer words" in room.shown()


def test_search_that_the_service_refuses_is_told(room: Room) -> None:
    room.open("library")
    search(room, "x" * 201)
    assert "Search: " in room.shown()


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


def test_open_goes_to_the_writing_page_with_the_story(room: Room) -> None:
    story = room.told()
    room.open("library")
    press(room, f"open-{story.id}")
    assert room.tab.query_params["story"] == story.id
    assert "Story seed" in [area.label for area in room.tab.text_area]


def test_details_are_in_the_address_and_lead_back(room: Room) -> None:
    story = branching(room)
    room.open("library")
    press(room, f"details-{story.id}")
    assert room.tab.query_params["story"] == story.id
    assert "4 passages" in room.shown()
    for passage in story.passages:
        assert room.shown().count(f'href="/?story={story.id}&amp;passage={passage.id}"') == 2
    room.press("← All stories")
    assert "story" not in room.tab.query_params
    assert titles(room) == [story.title]


@pytest.mark.parametrize("unknown", ["nothing", "../stories", "<b>"])
def test_unknown_story_is_named_as_such(room: Room, unknown: str) -> None:
    room.open("library", story=unknown)
    assert "There is no story of yours with this id." in room.shown()
    room.press("← All stories")
    assert "No stories yet." in room.shown()


def test_rename(room: Room) -> None:
    story = room.told()
    room.open("library", story=story.id)
    room.tab.text_input(key=f"title-{story.id}").set_value("The keeper")
    room.press("Rename")
    assert "The keeper</h1>" in room.shown()
    assert room.client.stories.read(story.id).title == "The keeper"


def test_rename_of_a_story_that_was_changed_meanwhile(room: Room) -> None:
    story = room.told()
    room.open("library", story=story.id)
    room.client.stories.rename(story, "From the other tab")
    room.tab.text_input(key=f"title-{story.id}").set_value("Mine")
    room.press("Rename")
    assert "Nothing was changed." in room.shown()
    assert "From the other tab</h1>" in room.shown()
    assert room.tab.text_input(key=f"title-{story.id}").value == "Mine"
    room.press("Rename")
    assert room.client.stories.read(story.id).title == "Mine"
    assert "Nothing was changed." not in room.shown()


@pytest.mark.parametrize("title", ["", "x" * 201, "a\x00b"])
def test_title_that_cannot_be(room: Room, title: str) -> None:
    story = room.told()
    room.open("library", story=story.id)
    room.tab.text_input(key=f"title-{story.id}").set_value(title)
    room.press("Rename")
    assert "Title: must" in room.shown()
    assert room.client.stories.read(story.id).title == story.title


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


def test_delete_from_the_details_leads_to_the_list(room: Room) -> None:
    story = room.told()
    room.open("library", story=story.id)
    press(room, "details-delete")
    assert "story" not in room.tab.query_params
    assert "was deleted." in room.shown()
    room.press("Undo")
    assert titles(room) == [story.title]


def test_delete_of_a_story_that_was_changed_meanwhile(room: Room) -> None:
    story = room.told()
    room.open("library")
    room.client.stories.rename(story, "From the other tab")
    press(room, f"delete-{story.id}")
    assert "Nothing was changed." in room.shown()
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


def test_details_of_a_deleted_story_offer_to_restore_it(room: Room) -> None:
    story = room.told()
    room.client.stories.delete(story.id, version=story.version)
    room.open("library", story=story.id)
    assert "This story was deleted" in room.shown()
    assert not {"Delete", "Rename", "Open"} & set(labels(room))
    press(room, "details-restore")
    assert "This story was deleted" not in room.shown()
    assert room.client.stories.read(story.id).deleted_at is None


def test_what_was_undone_elsewhere_needs_no_undo(room: Room) -> None:
    story = room.told()
    room.open("library")
    press(room, f"delete-{story.id}")
    show(room, "Deleted stories")
    press(room, f"restore-{story.id}")
    assert "Undo" not in labels(room)


def test_exports_are_the_services_own_files(room: Room, files: Files) -> None:
    story = titled(room, "Der Fuchs & die Ähre")
    room.open("library", story=story.id)
    assert set(files) == {f"Der-Fuchs-die-Ahre.{form}" for form in FileFormat}
    for form in FileFormat:
        assert files[f"Der-Fuchs-die-Ahre.{form}"]() == room.client.stories.export(story.id, form)


def test_export_ends_where_one_chooses(room: Room, files: Files) -> None:
    story = branching(room)
    room.open("library", story=story.id)
    choice = room.tab.selectbox(key=f"ending-{story.id}")
    assert choice.options == ["4 (newest): Another way", "3: t1 t2"]
    (name,) = (name for name in files if name.endswith(".txt"))
    assert files[name]() == room.client.stories.export(story.id, FileFormat.TXT)
    choice.set_value(story.passages[2].id).run()
    assert files[name]().decode() == f"{story.title}\n\nt1 t2 t3 t1 t2 \n"


def test_exported_story_is_imported_once_and_shown(room: Room) -> None:
    story = branching(room)
    content = room.client.stories.export(story.id, FileFormat.JSON)
    room.open("library")
    upload(room, content)
    room.tab.run()
    assert "4 passages" in room.shown()
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
