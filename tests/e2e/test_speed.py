"""How soon a reader sees something. The best of several tries counts: the machine may be busy.

On two cores that also run the browser, eight first words came within 28 ms of a raw reader's; eight
pages listened 0.6 to 1.1 s after "Write" was pressed; six first paints took 0.3 to 0.6 s.
"""

import signal
import threading
import time
from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from shared.events import TokenEvent
from tests.e2e.acts import ended, fill, opened_job, press
from tests.e2e.stage import WORKER, Room
from tests.processes import wait_until

TRIES = 10
FIRST_PAINT_MS = 2_000
LISTENS_MS = 1_500
FIRST_TOKEN_MS = 100
_STREAM = "**/live/*"
_FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
_FIRST_WORDS = """
() => { const look = () => {
    const text = document.querySelector('.once-text');
    if (text && text.textContent.trim() && !window.firstWords) window.firstWords = Date.now(); };
  new MutationObserver(look).observe(document, {childList: true, subtree: true,
    characterData: true}); look(); }
"""


def test_first_paint_comes_soon(browser: Browser, room: Room) -> None:
    assert _best(lambda: _first_paint(browser, room), within=FIRST_PAINT_MS) < FIRST_PAINT_MS


def test_page_listens_soon_after_a_story_was_asked_for(page: Page, room: Room) -> None:
    assert _best(lambda: _listens(page, room), within=LISTENS_MS) < LISTENS_MS


def test_first_words_are_on_screen_soon_after_they_were_written(page: Page, room: Room) -> None:
    assert _best(lambda: _first_words(page, room), within=FIRST_TOKEN_MS) < FIRST_TOKEN_MS


def _best(measure: Callable[[], float], *, within: float) -> float:
    best = float("inf")
    for _ in range(TRIES):
        best = min(best, measure())
        if best < within:
            break
    return best


def _first_paint(browser: Browser, room: Room) -> float:
    """Milliseconds, by a browser that was never here before; what it paints gives way to a form."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(room.url)
        wait_until(lambda: page.evaluate(_FIRST_PAINT) > 0, seconds=30, what="first paint")
        painted = float(page.evaluate(_FIRST_PAINT))
        expect(page.get_by_label("Story seed")).to_be_editable(timeout=30_000)
        expect(page.locator("#opening")).to_have_count(0)
        return painted


def _listens(page: Page, room: Room) -> float:
    """Milliseconds from the press to the answer to the page's request for the story's stream."""
    page.goto(room.url)
    fill(page, "A fox who waits", tokens=40)
    with page.expect_response(_STREAM):
        pressed = time.monotonic()
        press(page, "Write")
    listening = time.monotonic()
    ended(room, opened_job(page))
    return 1000 * (listening - pressed)


def _first_words(page: Page, room: Room) -> float:
    """Milliseconds between a raw reader's first words and the page's.

    The worker stands still until both readers listen.
    """
    page.goto(room.url)
    fill(page, "A fox who waits", tokens=40)
    worker = room.stack.workers[WORKER]
    worker.send_signal(signal.SIGSTOP)
    try:
        with page.expect_response(_STREAM):
            press(page, "Write")
        page.evaluate(_FIRST_WORDS)
        heard = _Heard(room, opened_job(page))
        wait_until(heard.connected.is_set, seconds=10, what="the raw reader listens")
    finally:
        worker.send_signal(signal.SIGCONT)
    page.wait_for_function("window.firstWords")
    heard.thread.join(30)
    return float(page.evaluate("window.firstWords")) - 1000 * heard.at


class _Heard:
    """When the first words of a story reached a reader that does nothing else."""

    def __init__(self, room: Room, job_id: str) -> None:
        self.at = float("inf")
        self.connected = threading.Event()
        self._events = iter(room.client.jobs.watch(job_id))
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self) -> None:
        for event in self._events:
            self.connected.set()
            if isinstance(event, TokenEvent) and event.text.strip() and self.at == float("inf"):
                self.at = time.time()
