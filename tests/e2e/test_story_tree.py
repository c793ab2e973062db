"""A story as a tree: going on, stepping back, leaving it midway, and editing it in two tabs."""

from playwright.sync_api import Page, expect

from shared.library import Origin
from tests.e2e.acts import (
    LONG,
    Address,
    button,
    ended,
    expect_text,
    limit,
    open_passage,
    press,
    settled,
    text_of,
    told,
    wait_for_words,
    write,
)
from tests.e2e.stage import Room


def test_stopped_story_goes_on_and_steps_back(page: Page, room: Room) -> None:
    first = ended_early(page, room)
    limit(page, 30)
    press(page, "Continue")
    page.wait_for_url(lambda url: first not in url and "job=" in url)
    story_id = Address.of(page).story
    assert story_id is not None
    story = settled(room.client, story_id)
    seed, stopped, more = story.passages
    assert (seed.origin, stopped.job_id, more.parent_id) == (Origin.SEED, first, stopped.id)
    expect_text(page, stopped.text + more.text)
    expect(button(page, "Stop")).to_have_count(0)
    press(page, "Undo")
    expect_text(page, stopped.text)
    press(page, "Redo")
    expect_text(page, stopped.text + more.text)


def test_branch_leaves_the_text_and_undo_returns_to_it(page: Page, room: Room) -> None:
    story = told(room.client, tokens=300)  # fewer may be a single word
    whole = text_of(story)
    open_passage(page, room, story)
    press(page, "Branch")
    slider = page.get_by_role("slider", name="Words to keep")
    slider.press("Home")
    expect(slider).to_have_value("1")
    press(page, "Branch here")
    page.wait_for_url(lambda url: story.passages[-1].id not in url)
    now = room.client.stories.read(story.id)
    branch = now.passages[-1]
    assert whole.startswith(branch.text)
    assert len(branch.text) < len(whole)
    expect_text(page, branch.text)
    press(page, "Undo")
    expect_text(page, whole)


def test_edit_of_an_older_version_is_told_and_not_lost(page: Page, room: Room) -> None:
    story = told(room.client, tokens=20)
    second = page.context.new_page()
    for tab, text in ((page, "The first tab's words."), (second, "The second tab's words.")):
        open_passage(tab, room, story)
        press(tab, "Edit")
        field = tab.get_by_role("textbox", name="Passage 1 of 1")
        field.fill(text)
        field.press("Tab")
    press(second, "Save")
    expect_text(second, "The second tab's words.")
    press(page, "Save")
    expect(page.get_by_role("alert")).to_contain_text("nothing that you typed is lost")
    expect(page.get_by_role("textbox", name="Passage 1 of 1")).to_have_value(
        "The first tab's words."
    )
    press(page, "Save")
    expect_text(page, "The first tab's words.")
    texts = [passage.text for passage in room.client.stories.read(story.id).passages]
    assert {"The first tab's words.", "The second tab's words."} <= set(texts)
    assert story.passages[-1].text in texts, "the model's own words are still there"


def ended_early(page: Page, room: Room) -> str:
    """A story that was stopped; answers its job's id."""
    with room.slowly():
        job_id = write(page, room, tokens=LONG)
        wait_for_words(page)
        press(page, "Stop")
        ended(room, job_id)
    expect(button(page, "Continue")).to_be_enabled()
    return job_id
