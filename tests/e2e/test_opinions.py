"""Two stories compared blind, and what a reader says of one."""

from playwright.sync_api import Page, expect

from shared.opinions import Thumbs
from tests.e2e.acts import button, fill, press
from tests.e2e.stage import Room


def test_two_stories_are_compared_blind_and_then_rated(page: Page, room: Room) -> None:
    voted = room.client.opinions.summary().comparisons
    page.goto(f"{room.url}/compare")
    fill(page, "A fox who is told twice", tokens=40)
    press(page, "Write")
    page.wait_for_url(lambda url: "a=" in url and "b=" in url)
    expect(button(page, "Story B")).to_be_enabled()
    expect(page.get_by_text("was told by")).to_have_count(0)
    press(page, "Story B")
    expect(page.get_by_text("You chose story B")).to_be_visible()
    expect(page.get_by_text("Story B was told by")).to_be_visible()
    assert room.client.opinions.summary().comparisons == voted + 1
    rate_first(page)
    said = room.client.opinions.page().feedback[0]
    assert (said.thumbs, said.comment) == (Thumbs.UP, "I laughed.")
    page.reload()
    expect(page.get_by_text("You chose story B")).to_be_visible()


def rate_first(page: Page) -> None:
    """Say of story A that it was good."""
    page.get_by_role("radio", name="Thumbs up").first.click()
    page.get_by_role("textbox", name="Comment").first.fill("I laughed.")
    button(page, "Send feedback").first.click()
    expect(page.get_by_text("Thank you, kept")).to_be_visible()
