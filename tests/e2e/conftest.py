"""A real browser on the real stack: page, API, worker, Redis. One stack serves all tests."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from tests.e2e.stage import CHROMIUM, Room, launch, staged
from tests.stack import UNHURRIED

PATIENCE_MS = 30_000
"""For a page on a machine that has much else to do."""


@pytest.fixture(scope="session")
def whole_room(tmp_path_factory: pytest.TempPathFactory, endless_model: Path) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("room")
    with staged(folder, endless_model, worker_module=UNHURRIED) as room:
        yield room


@pytest.fixture
def room(whole_room: Room) -> Room:
    """With a worker, whatever the test before did to it."""
    whole_room.revive()
    return whole_room


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on the path")
    with sync_playwright() as playwright:
        running = launch(playwright)
        expect.set_options(timeout=PATIENCE_MS)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With a failed test comes what its page said."""
    report = yield
    page = item.funcargs.get("page")
    if report.when == "call" and report.failed and isinstance(page, Page):
        report.sections.append(("page", f"{page.url}\n{_said(page)}"))
    return report


def _said(page: Page) -> str:
    try:
        return page.locator("body").inner_text()
    except Error as error:
        return f"(not to be read: {error})"
