"""What the model will see of it all, told only while that is open."""

import html
import re

from shared.connections import connect
from shared.joblog import keys
from shared.library import Telling
from shared.schemas import GenerateRequest
from tests.pages.room import SEED, Room
from tests.pages.writing import begin, opened, story


def open_panel(room: Room) -> None:
    room.tab.session_state["budget"] = True
    room.tab.run()


def body(room: Room) -> str:
    """What is shown, without the style sheets."""
    return re.sub(r"<style>.*?</style>", "", room.shown(), flags=re.DOTALL)


def prompt(room: Room) -> str:
    [found] = re.findall(r"<pre [^>]*>\n(.*?)</pre>", body(room), re.DOTALL)
    return html.unescape(found)


def test_the_exact_prompt_and_its_parts_are_shown(room: Room) -> None:
    told = opened(room)
    room.tab.text_area(key="sheet_memory").set_value("Ada keeps the light.").run()
    assert "once-prompt" not in body(room)
    open_panel(room)
    quote = room.client.stories.quote(
        told.id, told.passages[-1].id, Telling(memory="Ada keeps the light.")
    )
    assert prompt(room) == quote.prompt
    assert "Ada keeps the light." in quote.prompt
    assert f"of 1,024 tokens: instruction {quote.tokens.instruction} · memory " in room.shown()
    assert len(story(room).passages) == 2


def test_it_changes_with_what_is_typed(room: Room) -> None:
    room.open("write")
    room.tab.text_area(key="sheet_story_seed").set_value(SEED)
    open_panel(room)
    quote = room.client.jobs.quote(GenerateRequest(story_seed=SEED))
    assert prompt(room) == quote.prompt
    room.tab.text_area(key="sheet_author_note").set_value("A storm.").run()
    assert "A storm." in prompt(room)
    assert not room.client.stories.page().stories


def test_what_prevents_it_is_told_in_one_line(room: Room, redis_url: str) -> None:
    opened(room)
    client = connect(redis_url)
    client.delete(keys.WORKERS, keys.WORKERS_EXPIRY)  # and the story stays where it is
    client.close()
    open_panel(room)
    assert '<p class="once-budget">No live worker serves the model' in room.shown()
    assert 'role="alert"' not in room.shown()


def test_a_refused_field_is_named_where_it_is_asked(room: Room) -> None:
    room.open("write")
    open_panel(room)
    assert "Story seed: must not be empty." in room.shown()


def test_nothing_is_asked_while_a_passage_is_being_written(room: Room) -> None:
    begin(room)
    open_panel(room)
    assert "Once this passage is written." in room.shown()
    room.write()
    room.look_until("Done")
    assert "Once this passage is written." not in room.shown()
