"""A screen as narrow as a phone's: each page is reached, and shown whole."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from services.ui.pages import PAGES, tab_title
from tests.e2e.acts import SEED, button, expect_drawn, limit, press, told
from tests.e2e.conftest import visit
from tests.e2e.stage import Room, launch_profile

WIDTH, HEIGHT = 390, 844
NARROWEST = 320
TOKENS = 150
"""About as much as a phone shows at a time."""


@pytest.fixture(scope="module")
def touched(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    folder = tmp_path_factory.mktemp("phone")
    opened = launch_profile(playwright, folder, width=WIDTH, height=HEIGHT, has_touch=True)
    with opened as context:
        yield context


@pytest.fixture
def phone(touched: BrowserContext, room: Room) -> Iterator[Page]:
    with visit(touched, room) as tab:
        yield tab


def test_every_page_is_reached_and_none_is_covered(phone: Page, room: Room) -> None:
    phone.goto(room.url)
    bar = phone.locator(".st-key-pages")
    for title in reversed(PAGES.values()):
        bar.get_by_role("link", name=title, exact=True).tap()
        expect(phone).to_have_title(tab_title(title))
        for _ in range(2):
            expect(phone.get_by_role("heading", level=1).first).to_be_in_viewport()
            phone.wait_for_function(f"({_ON_TOP})() === 'stMain'")
            phone.reload()


def test_the_controls_are_a_press_away_and_leave_the_story_again(phone: Page, room: Room) -> None:
    phone.goto(f"{room.url}/?story={told(room.client).id}")
    for _ in range(2):
        expect(phone.locator(".once-text")).to_be_in_viewport()
        phone.get_by_test_id("stExpandSidebarButton").tap()
        phone.get_by_role("textbox", name="Memory").fill("Ada keeps the lighthouse.")
        phone.wait_for_function(f"({_ON_TOP})() === 'stSidebar'")
        phone.reload()
        expect(phone.get_by_test_id("stExpandSidebarButton")).to_be_visible()
    phone.get_by_test_id("stExpandSidebarButton").tap()
    expect(phone.get_by_role("textbox", name="Memory")).to_have_value("Ada keeps the lighthouse.")
    phone.get_by_test_id("stSidebarCollapseButton").get_by_role("button").tap()
    expect(phone.locator(".once-text")).to_be_in_viewport()


def test_controls_that_are_opened_before_the_page_is_whole_stay_open(
    phone: Page, room: Room
) -> None:
    story = told(room.client)
    slow = phone.context.new_cdp_session(phone)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    phone.goto(f"{room.url}/?story={story.id}")
    phone.get_by_test_id("stExpandSidebarButton").tap()
    phone.wait_for_function("window.oncePlaced")
    phone.get_by_role("textbox", name="Memory").fill("Ada keeps the lighthouse.")
    phone.wait_for_function(f"({_ON_TOP})() === 'stSidebar'")


def test_the_bar_of_pages_is_whole_on_the_narrowest_screen(phone: Page, room: Room) -> None:
    phone.set_viewport_size({"width": NARROWEST, "height": HEIGHT})
    phone.goto(room.url)
    bar = phone.locator(".st-key-pages")
    for title in PAGES.values():
        link = bar.get_by_role("link", name=title, exact=True)
        expect(link).to_be_in_viewport(ratio=1)


def test_what_can_be_done_next_is_not_covered_once_a_story_is_written(
    phone: Page, room: Room
) -> None:
    phone.goto(room.url)
    phone.get_by_test_id("stExpandSidebarButton").tap()
    limit(phone, TOKENS)
    phone.get_by_test_id("stSidebarCollapseButton").get_by_role("button").tap()
    phone.get_by_label("Story seed").fill(SEED)
    press(phone, "Write")
    expect(phone.get_by_text("Done ·")).to_be_visible()
    go_on = button(phone, "Continue")
    expect(go_on).to_be_enabled()
    phone.wait_for_function(_IS_WHOLE, arg=go_on.element_handle())


@pytest.mark.parametrize("path", PAGES)
def test_only_what_is_wide_scrolls_sideways(phone: Page, room: Room, path: str) -> None:
    told(room.client)
    phone.goto(f"{room.url}/{path}")
    expect_drawn(phone)
    main = phone.get_by_test_id("stMain")
    assert main.evaluate("each => each.scrollWidth") <= WIDTH
    for table in phone.locator(".once-table").all():
        expect(table).to_have_attribute("tabindex", "0")
        assert table.get_attribute("aria-label")


_IS_WHOLE = """
button => { const { left, top, bottom } = button.getBoundingClientRect();
  return [top + 2, bottom - 2].every(
    y => button.contains(document.elementFromPoint(left + 8, y))); }
"""
_ON_TOP = f"""
() => document.elementFromPoint({WIDTH // 4}, {HEIGHT // 2})
  .closest('[data-testid=stMain], [data-testid=stSidebar]')?.dataset.testid
"""
