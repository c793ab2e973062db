"""The library page's details of one story: its branches, title and files."""

from collections.abc import Callable

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager

from shared.library import TITLE_MAX_CHARS, FileFormat
from tests.pages.room import Room
from tests.pages.shelf import branching, labels, press, titled, titles

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


def test_details_are_in_the_address_and_lead_back(room: Room) -> None:
    story = branching(room)
    room.open("library")
    press(room, f"details-{story.id}")
    assert room.tab.query_params["story"] == story.id
    assert "3 passages in all branches" in room.shown()
    for passage in story.passages:
        assert room.shown().count(f'href="/?story={story.id}&amp;passage={passage.id}"') == 2
    room.press("← All stories")
    assert "story" not in room.tab.query_params
    assert titles(room) == [story.title]


def test_details_tell_how_long_the_newest_path_is(room: Room) -> None:
    story = branching(room)
    room.open("library", story=story.id)
    told = "5 words in 2 passages up to the newest · 3 passages in all branches"
    assert told in room.shown(), "t1 t2 t3 Another way"


def test_a_passage_is_the_same_thing_wherever_passages_are_counted(room: Room) -> None:
    story = branching(room)
    length = "5 words in 2 passages"
    room.open("write", story=story.id)
    assert length in room.shown()
    room.open("library", story=story.id)
    assert length in room.shown()


@pytest.mark.parametrize("unknown", ["nothing", "../stories", "<b>"])
def test_unknown_story_is_named_as_such(room: Room, unknown: str) -> None:
    room.open("library", story=unknown)
    assert "There is no story of yours with this id." in room.shown()
    assert "<h1" in room.html()
    assert "choose a story from the list" in room.shown()
    assert "look in the library" not in room.shown()
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
    assert "nothing that you typed is lost" in room.shown()
    assert "From the other tab</h1>" in room.shown()
    assert room.tab.text_input(key=f"title-{story.id}").value == "Mine"
    room.press("Rename")
    assert room.client.stories.read(story.id).title == "Mine"
    assert "nothing that you typed is lost" not in room.shown()


def test_title_can_be_typed_no_longer_than_it_may_be(room: Room) -> None:
    story = room.told()
    room.open("library", story=story.id)
    room.tab.text_input(key=f"title-{story.id}").set_value("x" * (TITLE_MAX_CHARS + 1))
    room.press("Rename")
    assert room.client.stories.read(story.id).title == "x" * TITLE_MAX_CHARS


@pytest.mark.parametrize("title", ["", "a\x00b"])
def test_title_that_cannot_be(room: Room, title: str) -> None:
    story = room.told()
    room.open("library", story=story.id)
    room.tab.text_input(key=f"title-{story.id}").set_value(title)
    room.press("Rename")
    assert "Title: must" in room.shown()
    assert room.client.stories.read(story.id).title == story.title


def test_delete_from_the_details_leads_to_the_list(room: Room) -> None:
    story = room.told()
    room.open("library", story=story.id)
    press(room, "details-delete")
    assert "story" not in room.tab.query_params
    assert "was deleted." in room.shown()
    room.press("Undo")
    assert titles(room) == [story.title]


def test_details_of_a_deleted_story_offer_to_restore_it(room: Room) -> None:
    story = room.told()
    room.client.stories.delete(story.id, version=story.version)
    room.open("library", story=story.id)
    assert "This story was deleted" in room.shown()
    assert not {"Delete", "Rename"} & set(labels(room))
    assert not room.links()
    press(room, "details-restore")
    assert "This story was deleted" not in room.shown()
    assert room.client.stories.read(story.id).deleted_at is None


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
