"""What is typed is not lost, and a shortcut means the text as it stands."""

import sys

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.acts import (
    button,
    expect_text,
    field,
    open_passage,
    press,
    text_of,
    told,
    wait_until_kept,
)
from tests.e2e.stage import Room
from tests.processes import free_port, process, wait_until
from tests.stack import answers

NOTE = "A storm is coming up."


def test_a_refresh_keeps_a_seed_that_is_only_half_typed(page: Page, room: Room) -> None:
    page.goto(room.url)
    page.wait_for_function("sessionStorage.length")
    field(page, "Memory").fill("Ada keeps the lighthouse.")
    field(page, "Story seed").press_sequentially("A fox who wai")
    page.reload()
    expect(field(page, "Story seed")).to_have_value("A fox who wai")
    expect(field(page, "Memory")).to_have_value("Ada keeps the lighthouse.")


def test_a_refresh_keeps_an_edit_and_the_way_back_from_the_library_too(
    page: Page, room: Room
) -> None:
    story = told(room.client)
    open_passage(page, room, story)
    press(page, "Edit")
    field(page, "Passage 1 of 1").press_sequentially("Mine. ")
    wait_until_kept(page, "Mine. ")
    page.reload()
    edited = field(page, "Passage 1 of 1")
    expect(edited).to_have_value(f"{text_of(story)}Mine. ")
    page.goto(f"{room.url}/library")
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    page.goto(f"{room.url}/?story={story.id}&passage={story.passages[-1].id}")
    expect(edited).to_have_value(f"{text_of(story)}Mine. ")
    press(page, "Save")
    expect_text(page, f"{text_of(story)}Mine.")
    page.reload()
    expect(button(page, "Edit")).to_be_enabled()


TYPE_AS_SOON_AS_IT_IS_THERE = """
  (() => {
    if (window.name === "has typed") return;
    const { set } = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
    new MutationObserver((_, observer) => {
      const field = document.querySelector('textarea[aria-label="Comment"]');
      if (!field) return;
      observer.disconnect();
      window.name = "has typed";
      set.call(field, "The lamp was lovely.");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }).observe(document, { childList: true, subtree: true });
  })();
"""


def test_what_is_typed_before_anybody_keeps_it_outlives_a_refresh(page: Page, room: Room) -> None:
    """Into a field that is left again before its script has come to life."""
    story = told(room.client, tokens=8)
    page.add_init_script(TYPE_AS_SOON_AS_IT_IS_THERE)
    open_passage(page, room, story)
    wait_until_kept(page, "The lamp was lovely.")
    page.reload()
    page.get_by_text("What do you think of this passage?").click()
    expect(page.get_by_label("Comment")).to_have_value("The lamp was lovely.")


@pytest.mark.parametrize("name", ["Passage 1 of 1", "Author note", "Title"])
def test_a_page_that_is_left_from_within_a_field_keeps_what_is_typed_there(
    page: Page, room: Room, name: str
) -> None:
    """The press that leads away also takes the cursor out of the field."""
    story = told(room.client)
    open_passage(page, room, story)
    if name.startswith("Passage"):
        press(page, "Edit")
    field(page, name).press_sequentially("Mine.")
    typed = field(page, name).input_value()
    page.get_by_role("link", name="Library").click()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    expect(page).to_have_url(f"{room.url}/library")
    page.go_back()
    expect(field(page, name)).to_have_value(typed)


def test_an_edit_that_the_page_never_heard_of_is_there_on_the_way_back(
    page: Page, room: Room
) -> None:
    story = told(room.client)
    page.goto(f"{room.url}/library")
    # The list's links come to life in any order: the first to be seen may be another story's.
    page.locator(f".st-key-card-{story.id}").get_by_role("link", name="Open").click()
    expect_text(page, text_of(story))
    press(page, "Edit")
    edited = field(page, "Passage 1 of 1")
    text = "One."
    edited.fill(text)
    for more in (" Two.", " Three.", " Four."):
        edited.press("Tab")
        wait_until_kept(page, text)
        edited.press_sequentially(more)
        text += more
        page.go_back()
        expect(page.get_by_role("link", name="Open").first).to_be_visible()
        page.go_forward()
        expect(edited).to_have_value(text)
    edited.press_sequentially(" Five.")
    text += " Five."
    press(page, "New story")
    expect(field(page, "Story seed")).to_be_editable()
    page.goto(f"{room.url}/?story={story.id}")
    expect(edited).to_have_value(text)
    press(page, "Save")
    expect_text(page, text)


def test_a_draft_waits_while_another_story_is_looked_at(page: Page, room: Room) -> None:
    story = told(room.client)
    page.goto(room.url)
    page.wait_for_function("sessionStorage.length")
    field(page, "Memory").fill("Ada keeps the lighthouse.")
    field(page, "Story seed").fill("A fox who waits")
    wait_until_kept(page, "A fox who waits")
    open_passage(page, room, story)
    expect(field(page, "Memory")).to_have_value("")
    press(page, "New story")
    expect(field(page, "Story seed")).to_have_value("A fox who waits")
    expect(field(page, "Memory")).to_have_value("Ada keeps the lighthouse.")


def test_another_story_is_not_given_what_was_typed_for_the_first(page: Page, room: Room) -> None:
    one, other = told(room.client), told(room.client, "A fox")
    open_passage(page, room, one)
    field(page, "Author note").fill(NOTE)
    wait_until_kept(page, NOTE)
    open_passage(page, room, other)
    expect(field(page, "Author note")).to_have_value("")
    open_passage(page, room, one)
    expect(field(page, "Author note")).to_have_value(NOTE)


TYPE_AT_ONCE = """label => new MutationObserver((_, observer) => {
    const field = document.querySelector(`[aria-label="${label}"]`);
    if (!field) return;
    observer.disconnect();
    field.focus();
    document.execCommand("insertText", false, "Mine. ");
}).observe(document.body, { childList: true, subtree: true })"""


def test_what_is_typed_into_a_field_that_has_only_just_come_is_kept(page: Page, room: Room) -> None:
    story = told(room.client)
    open_passage(page, room, story)
    page.evaluate(TYPE_AT_ONCE, "Passage 1 of 1")
    press(page, "Edit")
    wait_until_kept(page, "Mine. ")


def test_what_is_typed_outlives_the_server_s_memory_of_it(page: Page, room: Room) -> None:
    """The page stays open while the writing room's process is killed and comes back."""
    port = free_port()
    env = {**room.stack.environment(), "API_URL": room.stack.api_url, "UI_PORT": str(port)}
    story = told(room.client)
    command, log = [sys.executable, "-m", "services.ui"], room.stack.folder / "second-ui.log"
    url = f"http://127.0.0.1:{port}"
    with process(command, log, env) as first:
        wait_until(lambda: answers(f"{url}/_stcore/health"), seconds=60, what="page up")
        page.goto(f"{url}/?story={story.id}")
        expect_text(page, text_of(story))
        field(page, "Memory").fill("Ada keeps the lighthouse.")
        press(page, "Edit")
        field(page, "Passage 1 of 1").press_sequentially("Mine. ")
        wait_until_kept(page, "Mine. ")
        first.kill()
    with process(command, log, env):
        wait_until(lambda: answers(f"{url}/_stcore/health"), seconds=60, what="page up again")
        press(page, "Save")
        expect(page.get_by_role("alert")).to_contain_text("What you typed is back")
        expect(field(page, "Memory")).to_have_value("Ada keeps the lighthouse.")
        expect(field(page, "Passage 1 of 1")).to_have_value(f"{text_of(story)}Mine. ")
        press(page, "Save")
        expect_text(page, f"{text_of(story)}Mine.")


def test_alt_enter_sends_what_is_typed(page: Page, room: Room) -> None:
    story = told(room.client)
    open_passage(page, room, story)
    expect(button(page, "Continue")).to_be_enabled()
    field(page, "Author note").press_sequentially(NOTE)
    page.keyboard.press("Alt+Enter")
    wait_until(
        lambda: len(room.client.stories.read(story.id).passages) > len(story.passages),
        seconds=10,
        what="the story goes on",
    )
    job_id = room.client.stories.read(story.id).passages[-1].job_id
    assert job_id is not None
    assert room.client.jobs.read(job_id).request.author_note == NOTE


def test_a_draft_that_became_a_story_is_none_any_more(page: Page, room: Room) -> None:
    page.goto(room.url)
    field(page, "Story seed").fill("A hen who counts")
    press(page, "Write")
    page.wait_for_url("**story=*")
    expect(button(page, "Continue")).to_be_enabled(timeout=60_000)
    page.goto(room.url)
    expect(field(page, "Story seed")).to_have_value("")
