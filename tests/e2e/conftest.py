"""A real browser on the real stack: page, API, worker, Redis."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.processes import free_port, process, wait_until
from tests.stack import Stack, answers, running_stack

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
PATIENCE_MS = 30_000
"""For a page on a machine that has much else to do."""
# Quiet: a browser that looks for updates would wait for a network that tests do not have.
# fmt: off
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]
# fmt: on


@dataclass(frozen=True, slots=True)
class Room:
    """The writing room's address and the stack behind it."""

    url: str
    stack: Stack


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, endless_model: Path) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("room")
    port = free_port()
    with running_stack(folder, UI_PORT=str(port), MODEL=str(endless_model)) as stack:
        stack.add_worker("writer")
        env = {**stack.environment(), "API_URL": stack.api_url}
        with process([sys.executable, "-m", "services.ui"], folder / "ui.log", env):
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: answers(f"{url}/_stcore/health"), seconds=60, what="page up")
            yield Room(url, stack)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on the path")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield context.new_page()
    context.close()
