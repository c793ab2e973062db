"""Where a writer stands in a long story, what a click in it offers, where the keyboard goes on."""

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from shared.client import Client
from shared.library import FileFormat, StoryView
from tests.e2e.acts import (
    SEED,
    button,
    expect_text,
    fill,
    limit,
    opened_job,
    press,
    settled,
    text_of,
    told,
)
from tests.e2e.stage import Room

PASSAGES = 300
SENTENCE = "In the {ordinal} year the lamp 🕯 burned, and nobody asked who had lit it. "
NEAR_PX = 4
_SCROLL = "() => document.querySelector('[data-testid=stMain]').scrollTop"
_CLICK_POINT = """
async ([passage, word]) => {
  const element = document.querySelectorAll('.once-passage')[passage];
  const node = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode();
  const range = document.createRange();
  const at = node.data.indexOf(word);
  range.setStart(node, at); range.setEnd(node, at + word.length);
  node.parentElement.scrollIntoView({block: 'center'});
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  const box = range.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2]; }
"""


def long_story(client: Client) -> StoryView:
    """As a reader brings it along from somewhere else."""
    story = told(client, tokens=8)
    file = json.loads(client.stories.export(story.id, FileFormat.JSON))
    model = file["passages"][-1]
    for number in range(2, PASSAGES + 1):
        text = SENTENCE.format(ordinal=f"{number}th")
        before = file["passages"][-1]["id"]
        passage = {**model, "id": f"p{number}", "parent_id": before, "text": text}
        file["passages"].append(passage)
    return client.stories.take_in(json.dumps(file).encode())


def open_long(page: Page, room: Room) -> StoryView:
    story = long_story(room.client)
    page.goto(f"{room.url}/?story={story.id}")
    expect_text(page, text_of(story))
    expect(page.locator(".once-passage").last).to_be_in_viewport()
    return story


def click_word(page: Page, passage: int, word: str) -> None:
    page.mouse.click(*page.evaluate(_CLICK_POINT, [passage, word]))


def scroll(page: Page) -> float:
    return float(page.evaluate(_SCROLL))


def focused(page: Page) -> Locator:
    return page.locator(":focus")


def story_page(page: Page) -> Locator:
    return page.locator("article.once-page")


def test_a_long_story_opens_where_it_goes_on(page: Page, room: Room) -> None:
    open_long(page, room)
    expect(button(page, "Continue")).to_be_in_viewport()


def test_a_refusal_and_an_edit_that_is_discarded_leave_a_reader_where_they_are(
    page: Page, room: Room
) -> None:
    open_long(page, room)
    page.locator(".once-passage").nth(100).scroll_into_view_if_needed()
    before = scroll(page)
    page.evaluate("window.text = document.querySelector('.once-text')")
    memory = page.get_by_role("textbox", name="Memory")
    memory.fill("x" * 20_000)
    press(page, "Continue")
    expect(page.get_by_role("alert")).to_be_in_viewport()
    assert scroll(page) == pytest.approx(before, abs=NEAR_PX)
    memory.fill("")
    click_word(page, 100, "burned")
    press(page, "Edit this passage")
    expect(page.get_by_role("textbox", name=f"Passage 101 of {PASSAGES}")).to_be_in_viewport()
    press(page, "Discard")
    expect(page.locator(".once-passage")).to_have_count(PASSAGES)
    expect(page.locator(".once-passage").nth(100)).to_be_in_viewport()
    assert page.evaluate("window.text === document.querySelector('.once-text')")


def test_a_click_on_a_word_leaves_the_text_there(page: Page, room: Room) -> None:
    story = open_long(page, room)
    click_word(page, 4, "burned")
    expect(page.get_by_role("group", name="At this place")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="At this place")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="At this place")).to_have_count(0)
    click_word(page, 4, "burned")
    page.keyboard.press("Tab")
    expect(focused(page)).to_have_text("Branch after “burned,”")
    page.keyboard.press("Enter")
    page.wait_for_url("**passage=*")
    kept = SENTENCE.format(ordinal="5th").split(",")[0] + ","
    whole = text_of(story)
    expected = whole[: whole.index(kept) + len(kept)]
    expect_text(page, expected)
    now = room.client.stories.read(story.id)
    assert now.passages[-1].text == kept
    press(page, "Undo")
    expect_text(page, whole)


def test_a_click_on_a_passage_s_last_word_goes_back_to_it(page: Page, room: Room) -> None:
    story = open_long(page, room)
    first = story.passages[1]
    click_word(page, 0, first.text.split()[-1])
    page.get_by_role("button", name="Branch after").click()
    expect_text(page, first.text)
    assert len(room.client.stories.read(story.id).passages) == len(story.passages)


def test_a_passage_in_the_middle_is_edited_where_it_stands(page: Page, room: Room) -> None:
    story = open_long(page, room)
    click_word(page, 4, "lamp")
    press(page, "Edit this passage")
    field = page.get_by_role("textbox", name=f"Passage 5 of {PASSAGES}")
    expect(field).to_be_focused()
    expect(page.get_by_role("region", name="The text that follows")).to_contain_text("6th year")
    field.fill("Nobody remembers the fifth year. ")
    click_word(page, 2, "lamp")
    press(page, "Edit from here")
    expect(page.get_by_role("textbox", name=f"Passage 3 of {PASSAGES}")).to_be_visible()
    press(page, "Save")
    expect(button(page, "Continue")).to_be_enabled()
    old = SENTENCE.format(ordinal="5th")
    expect_text(page, text_of(story).replace(old, "Nobody remembers the fifth year. "))
    expect(story_page(page)).to_be_focused()


def test_a_short_story_opens_with_its_title(page: Page, room: Room) -> None:
    story = told(room.client, tokens=20)
    page.goto(f"{room.url}/?story={story.id}")
    expect_text(page, text_of(story))
    expect(button(page, "Continue")).to_be_enabled()
    expect(page.get_by_role("textbox", name="Title")).to_be_in_viewport()
    assert scroll(page) == 0


def test_a_discarded_edit_can_be_brought_back(page: Page, room: Room) -> None:
    story = told(room.client, tokens=20)
    page.goto(f"{room.url}/?story={story.id}")
    press(page, "Edit")
    field = page.get_by_role("textbox", name="Passage 1 of 1")
    field.fill("Mine.")
    press(page, "Discard")
    expect_text(page, text_of(story))
    press(page, "Bring it back")
    expect(field).to_have_value("Mine.")


def test_an_edit_that_leaves_no_word_says_so(page: Page, room: Room) -> None:
    story = told(room.client, tokens=20)
    page.goto(f"{room.url}/?story={story.id}")
    expect_text(page, text_of(story))
    press(page, "Edit")
    page.get_by_role("textbox", name="Passage 1 of 1").fill(" ")
    press(page, "Save")
    expect(page.get_by_text("Saved without a word in passage 1.")).to_be_visible()
    press(page, "Undo")
    expect_text(page, text_of(story))
    expect(page.get_by_text("Saved without a word")).to_have_count(0)


def test_the_keyboard_goes_on_from_the_story_when_its_button_is_gone(
    page: Page, room: Room
) -> None:
    page.goto(room.url)
    fill(page, SEED, tokens=30)
    button(page, "Write").press("Enter")
    opened_job(page)
    expect(story_page(page)).to_be_focused()
    expect(button(page, "Stop")).to_have_count(0)
    limit(page, 300)
    with room.slowly():
        button(page, "Continue").press("Enter")
        expect(button(page, "Stop")).to_be_visible()
        expect(story_page(page)).to_be_focused()
        page.keyboard.press("Tab")
        expect(button(page, "Stop")).to_be_focused()
        page.keyboard.press("Enter")
        expect(button(page, "Stop")).to_have_count(0)
    expect(story_page(page)).to_be_focused()
    button(page, "Edit").press("Enter")
    expect(page.get_by_role("textbox", name="Passage 2 of 2")).to_be_focused()
    button(page, "Discard").press("Enter")
    expect(story_page(page)).to_be_focused()


def test_a_comment_and_a_title_that_are_only_typed_outlive_a_refresh(
    page: Page, room: Room
) -> None:
    story = settled(room.client, told(room.client, tokens=8).id)
    page.goto(f"{room.url}/?story={story.id}")
    page.get_by_text("What do you think of this passage?").click()
    page.get_by_label("Comment").press_sequentially("The lamp was lovely.")
    page.get_by_role("textbox", name="Title").fill("The lamp")
    page.wait_for_function(
        "() => Object.values(sessionStorage).some(kept => kept.includes('The lamp\"'))"
    )
    for _ in range(2):
        page.reload()
        expect(page.get_by_text("The title that you typed: The lamp")).to_be_visible()
    page.get_by_text("What do you think of this passage?").click()
    comment = page.get_by_label("Comment")
    expect(comment).to_have_value("The lamp was lovely.")
    page.get_by_role("radio", name="thumb up").or_(page.get_by_label("thumbs up")).first.click()
    press(page, "Send feedback")
    expect(page.get_by_text("Thank you, kept.")).to_be_visible()
    page.wait_for_function("!Object.keys(sessionStorage).some(key => key.includes('unsent'))")
