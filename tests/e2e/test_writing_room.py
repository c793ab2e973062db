"""The writing room in a real browser: what a test of the page alone cannot see.

The API is played by the fake one, so that a story grows exactly when the test says so.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Page, Request, expect, sync_playwright

from tests.processes import free_port, wait_until
from tests.unit.ui.fake_api import FakeApi, serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PIECES = [f" word{number}" for number in range(1, 40)]
PIECES[5] = ' <img src=x onerror="alert(1)"> ![a](http://image.invalid/a.png)'
SEED = "A lighthouse keeper"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium in the path")


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving(FakeApi()) as api:
        api.pieces, api.reveal_at_once = list(PIECES), False
        yield api
        api.forget()


@pytest.fixture
def room(api: FakeApi) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = os.environ | {"API_URL": api.url, "UI_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "services.ui"], env=env)
    try:
        wait_until(lambda: is_up(url), seconds=30, what="the writing room answers")
        yield url
    finally:
        process.terminate()
        process.wait(10)


def is_up(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/_stcore/health", trust_env=False).is_success
    except httpx2.TransportError:
        return False


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page()
        page.set_default_timeout(15_000)
        yield page
        browser.close()


def test_a_story_is_written_followed_stopped_and_found_again(
    api: FakeApi, room: str, page: Page
) -> None:
    requests: list[Request] = []
    page.on("request", requests.append)
    page.goto(room)
    page.get_by_label("Story seed").fill(SEED)
    page.get_by_role("button", name="Write").dblclick()
    text = page.locator(".once-text")

    wait_until(lambda: len(api.jobs) == 1, seconds=10, what="a job is made")
    job = api.jobs["job-1"]
    job.written = 8
    expect(text).to_contain_text('onerror="alert(1)"> ![a](http://image.invalid/a.png)')

    page.get_by_label("Story seed").fill("Another idea")
    job.written = 12
    expect(text).to_contain_text("word12")
    expect(page.get_by_label("Story seed")).to_have_value("Another idea")

    page.reload()
    expect(text).to_contain_text("word12")
    expect(page.get_by_label("Story seed")).to_have_value(SEED)
    other_tab = page.context.new_page()
    other_tab.goto(page.url)
    expect(other_tab.locator(".once-text")).to_contain_text("word12")
    page.bring_to_front()

    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".once-status")).to_contain_text("Stopped")
    expect(text).to_contain_text("word12")
    expect(other_tab.locator(".once-status")).to_contain_text("Stopped")
    assert list(api.jobs) == ["job-1"], "a double click made two stories"
    foreign = {request.url for request in requests if not request.url.startswith((room, "data:"))}
    assert not foreign


def test_a_closed_tab_leaves_no_reader_and_the_story_goes_on(
    api: FakeApi, room: str, page: Page
) -> None:
    job = api.add(written=3)
    page.goto(f"{room}/?job={job.id}")
    expect(page.locator(".once-text")).to_contain_text("word3")
    assert job.readers == 1
    page.close()

    def gone() -> bool:
        job.written = min(job.written + 1, len(PIECES) - 1)  # A reader leaves at the next byte.
        return job.readers == 0

    wait_until(gone, seconds=15, what="the reader has left")
    assert not job.status.is_terminal
