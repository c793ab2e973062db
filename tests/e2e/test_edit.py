"""An edit opens where its writer looks."""

import pytest
from playwright.sync_api import Page, expect

from shared.client import Client
from shared.library import Edit, StoryView, Telling
from shared.sampling import SamplingParams
from tests.e2e.acts import (
    expect_drawn,
    expect_text,
    field,
    open_passage,
    press,
    settled,
    text_of,
    told,
)
from tests.e2e.stage import Room
from tests.processes import wait_until

SENTENCE = "The lamp burned all night, and nobody in the village asked who had lit it. "
HALF_A_WINDOW, TWO_WINDOWS = 16, 70
_IN_SIGHT = """
field => {
  const top = document.querySelector('[data-testid=stHeader]').getBoundingClientRect().bottom;
  const bottom = document.querySelector('.st-key-toolbar').getBoundingClientRect().top;
  const box = field.getBoundingClientRect();
  return box.top >= top && (box.bottom <= bottom || bottom - box.top > 400);
}
"""


def ending_with(client: Client, sentences: int) -> StoryView:
    """A story that is longer than a window before its last passage."""
    story = told(client, tokens=8)
    first = client.stories.edit(story, story.passages[-1].id, Edit(text=SENTENCE * TWO_WINDOWS))
    client.stories.tell_on(story.id, first.id, Telling(sampling=SamplingParams(max_new_tokens=8)))
    story = settled(client, story.id)
    last = Edit(text=f"\n\n{SENTENCE * sentences}")
    client.stories.edit(story, story.passages[-1].id, last)
    return client.stories.read(story.id)


@pytest.mark.parametrize("sentences", [2, HALF_A_WINDOW, TWO_WINDOWS])
def test_an_edit_opens_in_sight_from_its_first_word(page: Page, room: Room, sentences: int) -> None:
    story = ending_with(room.client, sentences)
    page.goto(f"{room.url}/?story={story.id}")
    expect_text(page, text_of(story))
    press(page, "Edit")
    field = page.get_by_role("textbox", name="Passage 2 of 2")
    expect(field).to_be_focused()
    expect(field).to_have_value(SENTENCE * sentences)
    page.wait_for_function(_IN_SIGHT, arg=field.element_handle())
    page.wait_for_timeout(500)
    assert field.evaluate(_IN_SIGHT), "and it stays there once all is drawn"


def test_ones_own_title_is_no_change_from_elsewhere(page: Page, room: Room) -> None:
    story = told(room.client)
    open_passage(page, room, story)
    press(page, "Edit")
    field(page, "Passage 1 of 1").fill("Mine.")
    rename(page, room, story, "The Fox")
    page.get_by_role("link", name="Library").click()
    page.locator(f".st-key-details-{story.id}").get_by_role("button").click()
    rename(page, room, story, "The Hen")
    expect_drawn(page)
    page.get_by_role("link", name="Open").click()
    press(page, "Save")
    expect_text(page, "Mine.")


def test_what_was_written_before_an_edit_does_not_stand_against_it(page: Page, room: Room) -> None:
    story = told(room.client)
    open_passage(page, room, story)
    telling = Telling(sampling=SamplingParams(max_new_tokens=8))
    room.client.stories.tell_on(story.id, story.passages[-1].id, telling)
    settled(room.client, story.id)
    press(page, "Edit")
    field(page, "Passage 1 of 1").fill("Mine.")
    press(page, "Save")
    expect_text(page, "Mine.")


def rename(page: Page, room: Room, story: StoryView, title: str) -> None:
    field(page, "Title").fill(title)
    field(page, "Title").press("Enter")
    wait_until(lambda: room.client.stories.read(story.id).title == title, seconds=30, what=title)
