"""`python -m tests.e2e.screenshots DIR`: every page as a picture, by day, by night, on a phone.

Starts a service of its own with the bundled model and fills a small library first.
"""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from shared.client import Client
from shared.library import Edit, StoryView, Telling
from shared.opinions import NewComparison, NewFeedback, Thumbs, Winner
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest, Length, StoryControls
from shared.settings import BUNDLED_MODEL
from tests.e2e.acts import LONG, press, settled, told, wait_for_words, write
from tests.e2e.stage import Room, launch, staged

PATIENCE_MS = 60_000
SETTLE_MS = 2_500
SEEDS = (
    "A lighthouse keeper who hears mysterious music from the sea",
    "A fox who collects moons",
    "Two sisters and the clock that runs backwards",
)


@dataclass(frozen=True, slots=True)
class Look:
    name: str
    width: int
    scheme: Literal["light", "dark"]


LOOKS = (
    Look("light", 1280, "light"),
    Look("dark", 1280, "dark"),
    Look("phone", 390, "light"),
    Look("phone-dark", 390, "dark"),
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is to see."""

    story: StoryView
    pair: tuple[str, str]
    voted: tuple[str, str]


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, staged(Path(data), BUNDLED_MODEL) as room:
        shelf = _fill(room.client)
        with sync_playwright() as playwright:
            browser = launch(playwright)
            for look in LOOKS:
                _take_all(browser, room, shelf, look, folder)
            browser.close()


def _fill(client: Client) -> Shelf:
    stories = [told(client, seed, tokens=160) for seed in SEEDS]
    story = _grow(client, stories[0])
    pair, voted = _pair(client), _pair(client)
    for stars, story_told in enumerate(stories, start=3):
        job_id = story_told.passages[-1].job_id
        assert job_id is not None
        said = NewFeedback(rating=stars, thumbs=Thumbs.UP, tags=["vivid"], comment="I liked it.")
        client.opinions.say(job_id, said)
    client.opinions.compare(NewComparison(job_a=voted[0], job_b=voted[1], winner=Winner.A))
    return Shelf(story, pair, voted)


def _grow(client: Client, story: StoryView) -> StoryView:
    """Give the story a branch, an edit and a few versions."""
    first = story.passages[-1]
    telling = Telling(sampling=SamplingParams(max_new_tokens=60))
    client.stories.tell_on(story.id, first.id, telling)
    client.stories.tell_on(story.id, first.id, telling)
    story = settled(client, story.id)
    client.stories.branch(story, first.id, 80)
    story = client.stories.read(story.id)
    changed = Edit(text=first.text.replace("the", "this", 1))
    edited = client.stories.edit(story, first.id, changed)
    client.stories.tell_on(story.id, edited.id, telling)
    return settled(client, story.id)


def _pair(client: Client) -> tuple[str, str]:
    ids = []
    for seed in (1, 2):
        request = GenerateRequest(
            story_seed=SEEDS[1],
            controls=StoryControls(length=Length.SHORT),
            sampling=SamplingParams(seed=seed),
        )
        ids.append(client.jobs.create(request).id)
    for job_id in ids:
        while not client.jobs.read(job_id, wait=10).status.is_terminal:
            pass
    return ids[0], ids[1]


def _take_all(browser: Browser, room: Room, shelf: Shelf, look: Look, folder: Path) -> None:
    context = browser.new_context(
        viewport={"width": look.width, "height": 900}, color_scheme=look.scheme
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    for name, address in _addresses(shelf):
        page.goto(f"{room.url}/{address}")
        _take(page, folder / f"{name}-{look.name}.png")
    if look.width > LOOKS[-1].width:
        write(page, room, SEEDS[2], tokens=LONG)
        wait_for_words(page)
        page.screenshot(path=folder / f"write-live-{look.name}.png")
        page.goto(f"{room.url}/operations")
        press(page, "Kill a worker now")
        page.wait_for_timeout(SETTLE_MS)
        _take(page, folder / f"operations-demonstration-{look.name}.png")
        room.revive()
    context.close()


def _addresses(shelf: Shelf) -> Iterator[tuple[str, str]]:
    story, (a, b) = shelf.story, shelf.pair
    yield "write-empty", ""
    yield "write-story", f"?story={story.id}&passage={story.passages[-1].id}"
    yield "library", "library"
    yield "library-story", f"library?story={story.id}"
    yield "compare-empty", "compare"
    yield "compare-blind", f"compare?a={a}&b={b}"
    yield "compare-voted", "compare?a={}&b={}".format(*shelf.voted)
    yield "insights", "insights"
    yield "operations", "operations"


def _take(page: Page, file: Path) -> None:
    expect(page.get_by_role("heading", level=1).first).to_be_attached(timeout=PATIENCE_MS)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE_MS)
    page.wait_for_timeout(SETTLE_MS)
    # The page scrolls within itself: only a window as tall as all of it shows all of it.
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    width = page.viewport_size["width"] if page.viewport_size else 1280
    page.set_viewport_size({"width": width, "height": max(900, min(int(height) + 60, 6_000))})
    page.wait_for_timeout(500)
    page.screenshot(path=file)
    page.set_viewport_size({"width": width, "height": 900})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
