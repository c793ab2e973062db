"""A real browser on the real stack: page, API, worker, Redis. One stack serves all tests."""

import contextlib
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from tests.e2e.stage import CHROMIUM, Room, launch, launch_profile, staged
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
def playwright() -> Iterator[Playwright]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on the path")
    with sync_playwright() as driver:
        expect.set_options(timeout=PATIENCE_MS)
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Whose contexts were never here before."""
    running = launch(playwright)
    yield running
    running.close()


@pytest.fixture(scope="session")
def profile(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    folder = tmp_path_factory.mktemp("profile")
    with launch_profile(playwright, folder, width=1280, height=900) as context:
        yield context


@pytest.fixture
def page(profile: BrowserContext, whole_room: Room) -> Iterator[Page]:
    with visit(profile, whole_room) as tab:
        yield tab


@contextlib.contextmanager
def visit(profile: BrowserContext, room: Room) -> Iterator[Page]:
    """A tab of somebody who, but for compiled scripts, was never here before."""
    profile.set_default_timeout(PATIENCE_MS)
    first, *_ = profile.pages
    try:
        yield profile.new_page()
    finally:
        profile.set_offline(False)
        for tab in profile.pages:
            if tab is not first:
                tab.close()
        profile.clear_cookies()
        session = profile.new_cdp_session(first)
        kinds = {"origin": room.url, "storageTypes": "local_storage,indexeddb,cache_storage"}
        session.send("Storage.clearDataForOrigin", kinds)
        session.detach()


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
