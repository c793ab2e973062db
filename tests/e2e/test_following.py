"""A story that grows disturbs nobody who reads it or listens to it."""

import pytest
from playwright.sync_api import Page, expect

from shared.library import NewStory
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest
from tests.e2e.acts import LONG, SEED, expect_whole_story, press, shown, wait_for_words, write
from tests.e2e.stage import Room
from tests.processes import wait_until

SELECT = """
() => { const words = document.querySelector('.once-passage span').firstChild;
  const range = document.createRange(); range.setStart(words, 0); range.setEnd(words, 12);
  getSelection().removeAllRanges(); getSelection().addRange(range);
  window.words = words; return getSelection().toString(); }
"""
LISTEN = """
() => { const line = document.querySelector('[role=status]'); window.line = line; window.said = [];
  new MutationObserver(() => window.said.push(line.textContent)).observe(line,
    {childList: true, subtree: true, characterData: true}); }
"""
END_AT_THE_NEXT = """
press => addEventListener(press, () => {
  for (const stream of window.onceStreams.values()) stream.take({...stream.told, over: true});
  window.pressed = true; }) """


def test_what_is_selected_stays_selected_to_the_end_and_beyond(page: Page, room: Room) -> None:
    with room.slowly():
        job_id = write(page, room, tokens=200)
        wait_for_words(page)
        selected = page.evaluate(SELECT)
    expect_whole_story(page, room, job_id)
    expect(page.get_by_role("button", name="Continue")).to_be_enabled()
    assert page.evaluate("getSelection().toString()") == selected != ""
    page.get_by_text("Colour by origin").click()
    expect(page.locator(".once-by-model").first).to_be_visible()


def test_one_status_line_says_when_something_changes_and_else_nothing(
    page: Page, room: Room
) -> None:
    with room.slowly():
        job_id = write(page, room, tokens=LONG)
        wait_for_words(page)
        expect(page.get_by_role("status")).to_be_attached()  # the words may be there before it
        page.evaluate(LISTEN)
    expect_whole_story(page, room, job_id)
    expect(page.get_by_role("status").filter(has_text="Done")).to_have_count(1)
    assert page.evaluate("window.line.isConnected")
    said = page.evaluate("window.said")
    assert len(said) <= 3, said
    assert said[-1].startswith("Done")


def test_what_is_typed_meanwhile_is_not_disturbed(page: Page, room: Room) -> None:
    with room.slowly():
        write(page, room, tokens=LONG)
        wait_for_words(page)
        memory = page.get_by_role("textbox", name="Memory")
        memory.click()
        page.keyboard.type("Ada keeps the lighthouse.", delay=40)
        assert memory.input_value() == "Ada keeps the lighthouse."
        expect(memory).to_be_focused()
        press(page, "Stop")
    expect(page.get_by_role("button", name="Continue")).to_be_enabled()


def test_a_browser_that_is_offline_for_a_while_catches_up(page: Page, room: Room) -> None:
    with room.slowly():
        job_id = write(page, room, tokens=LONG)
        wait_for_words(page)
        page.context.set_offline(True)
        before = shown(page)
    wait_until(
        lambda: len(room.client.jobs.read(job_id).text) > len(before) + 40,
        seconds=30,
        what="words that the browser does not hear",
    )
    page.context.set_offline(False)
    expect_whole_story(page, room, job_id)


@pytest.mark.parametrize("stops", range(3))
def test_every_button_is_there_after_each_of_many_stops(page: Page, room: Room, stops: int) -> None:
    with room.slowly():
        write(page, room, tokens=LONG)
        wait_for_words(page)
        press(page, "Stop")
    for name in ("Continue", "Retry", "Undo", "Edit", "Branch", "Alternatives"):
        expect(page.get_by_role("button", name=name, exact=False).first).to_be_visible()


def test_a_story_that_ends_at_the_press_that_leaves_it_calls_nobody_back(
    page: Page, room: Room
) -> None:
    with room.slowly():
        write(page, room, tokens=LONG)
        wait_for_words(page)
        page.evaluate(END_AT_THE_NEXT, "click")
        page.get_by_role("link", name="Library", exact=True).click()
        expect(page.get_by_role("heading", name="Library")).to_be_visible()
        page.wait_for_function("window.pressed")


def test_a_story_that_ends_at_the_step_back_from_it_calls_nobody_back(
    page: Page, room: Room
) -> None:
    request = GenerateRequest(story_seed=SEED, sampling=SamplingParams(max_new_tokens=LONG))
    with room.slowly():
        story = room.client.stories.create(NewStory(request=request))
        page.goto(f"{room.url}/library")
        page.locator(f".st-key-card-{story.id}").get_by_role("link", name="Open").click()
        wait_for_words(page)
        page.evaluate(END_AT_THE_NEXT, "popstate")
        page.go_back()
        expect(page.get_by_role("heading", name="Library")).to_be_visible()
        page.wait_for_function("window.pressed")
