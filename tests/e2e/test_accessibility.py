"""Every page by day and by night, empty and full, for people who cannot see or use no mouse."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from shared.library import StoryView
from shared.schemas import JobStatus
from tests.e2e.acts import LONG, ended, expect_drawn, limit, opened_job, told, wait_for_words
from tests.e2e.stage import Room

SERIOUS = ("serious", "critical")
PAGES = ("", "library", "compare", "insights", "operations")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
MOST_TABS = 60


@pytest.fixture(scope="module")
def story(whole_room: Room) -> StoryView:
    return told(whole_room.client)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", PAGES)
def test_page_has_no_serious_fault(
    page: Page, room: Room, path: str, scheme: Literal["light", "dark"]
) -> None:
    assert faults(page, f"{room.url}/{path}", scheme) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", ["", "library"])
def test_open_story_has_no_serious_fault(
    page: Page, room: Room, story: StoryView, path: str, scheme: Literal["light", "dark"]
) -> None:
    address = f"{room.url}/{path}?story={story.id}&passage={story.passages[-1].id}"
    assert faults(page, address, scheme) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_coloured_story_has_no_serious_fault(
    page: Page, room: Room, story: StoryView, scheme: Literal["light", "dark"]
) -> None:
    address = f"{room.url}/?story={story.id}&passage={story.passages[-1].id}"
    assert faults(page, address, scheme, is_coloured=True) == []


@pytest.mark.parametrize("path", PAGES)
def test_tabs_can_be_told_apart(page: Page, room: Room, path: str) -> None:
    page.goto(f"{room.url}/{path}")
    expect(page).to_have_title(f"{(path or 'write').capitalize()} · Once")


def test_story_is_written_and_stopped_by_keyboard(page: Page, room: Room) -> None:
    page.goto(room.url)
    limit(page, LONG)
    page.evaluate("document.activeElement.blur()")
    tab_to(page, "Story seed")
    page.keyboard.type("A fox who reads")
    tab_to(page, "Write")
    with room.slowly():
        page.keyboard.press("Enter")
        job_id = opened_job(page)
        wait_for_words(page)
        tab_to(page, "Stop")
        page.keyboard.press("Enter")
        assert ended(room, job_id).status is JobStatus.CANCELLED


def faults(
    page: Page,
    address: str,
    scheme: Literal["light", "dark"],
    *,
    is_coloured: bool = False,
) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    page.goto(address)
    expect_drawn(page)
    if is_coloured:
        page.get_by_text("Colour by origin").click()
        expect(page.locator(".once-by-seed").first).to_be_visible()
    found = Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the field or button of this name has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(_FOCUSED).startswith(name):
            return
    raise AssertionError(f"no {name!r} within {MOST_TABS} tabs")


_FOCUSED = """
() => { const it = document.activeElement;
  return it.getAttribute('aria-label') || (it.matches('button') ? it.innerText : ''); }
"""
