"""What tests of the writing page say often."""

from services.ui.writing import tree
from shared.events import TokenEvent
from shared.joblog import Verdict, commands
from shared.library import PassageView, StoryView
from tests.pages.room import SEED, Room, text_of


def begin(room: Room, seed: str = SEED) -> None:
    """Type a seed on the empty page and press Write."""
    room.open("write")
    room.tab.text_area(key="sheet_story_seed").set_value(seed)
    room.press("Write")


def opened(room: Room, *, tokens: int = 3) -> StoryView:
    """A story whose first passage is written, open on the page."""
    story = room.told(tokens=tokens)
    room.open("write", story=story.id)
    return story


def story(room: Room) -> StoryView:
    return room.client.stories.read(room.tab.query_params["story"])


def passage(room: Room) -> PassageView:
    """The one at the end of the text on the page."""
    whole = story(room)
    named = dict(room.tab.query_params).get("passage")
    return tree.passage_of(whole, named) or tree.newest_leaf(whole)


def text(room: Room) -> str:
    """The story's text on the page, as a reader sees it."""
    [page] = room.parts("page")
    return text_of(page)


def labels(room: Room) -> list[str]:
    """Of the buttons that can be pressed."""
    return [each.label for each in room.tab.button if not each.disabled]


def write_words(room: Room, *words: str) -> None:
    """Let the worker write these tokens into the job that it has claimed."""
    claim = room.actor.claimed
    assert claim is not None
    for word in words:
        room.actor.written += 1
        event = TokenEvent(index=room.actor.written, text=word, ids=[100 + room.actor.written])
        assert room.actor.joblog.run(
            commands.append(claim.job_id, claim.epoch, event, model=room.actor.model)
        ) is (Verdict.OK)
