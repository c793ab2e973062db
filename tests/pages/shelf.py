"""Short words for what the library page's tests do and see."""

from streamlit.testing.v1.element_tree import FileUploader

from shared.library import Edit, StoryView, Telling
from tests.pages.room import SEED, Room

HOSTILE = "<img src=x onerror=alert(1)> ![a](http://127.0.0.1:9/x.png) **b** `c` :material/home:"


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


def cards(room: Room) -> list[str]:
    """From top to bottom."""
    return [each.proto.body for each in room.tab.get("html") if "<article" in each.proto.body]


def titles(room: Room) -> list[str]:
    """Those on the cards."""
    return [card.partition("</h2>")[0].rpartition(">")[2] for card in cards(room)]


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
