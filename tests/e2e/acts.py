"""What a person does on the pages, and what they see, in the words of the tests."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Locator, Page, expect

from shared.client import Client
from shared.jobs import JobView
from shared.library import NewStory, StoryView
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest
from tests.e2e.stage import Room
from tests.processes import wait_until

SEED = "A lighthouse keeper who hears music from the sea"
LONG = 700
"""Tokens; 3.5 s of writing, or longer than a test while the room writes `slowly`."""


@dataclass(frozen=True, slots=True)
class Address:
    """What the address bar names."""

    job: str | None = None
    story: str | None = None
    passage: str | None = None

    @classmethod
    def of(cls, page: Page) -> Self:
        query = parse_qs(urlparse(page.url).query)
        return cls(*(query.get(name, [None])[0] for name in ("job", "story", "passage")))


def write(page: Page, room: Room, seed: str = SEED, *, tokens: int) -> str:
    """Fill the form, press Write, and answer the id of the job that the page opens."""
    page.goto(room.url)
    fill(page, seed, tokens=tokens)
    press(page, "Write")
    return opened_job(page)


def fill(page: Page, seed: str, *, tokens: int) -> None:
    page.get_by_label("Story seed").fill(seed)
    limit(page, tokens)


def limit(page: Page, tokens: int) -> None:
    """Say under "Advanced" how long the next passage may be."""
    field = page.get_by_label("Max tokens")
    if not field.is_visible():
        page.get_by_text("Advanced: how the words are drawn").click()
    field.fill(str(tokens))
    field.press("Tab")


def button(page: Page, name: str) -> Locator:
    """A button's shortcut is part of what it is called."""
    return page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}( Shortcut .*)?$"))


def press(page: Page, name: str) -> None:
    button(page, name).click()


def field(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name)


def wait_until_kept(page: Page, text: str) -> None:
    """In the tab's own storage. A page that is still being drawn has nobody there who keeps."""
    page.wait_for_function(
        "text => Object.values(sessionStorage).some(kept => kept.includes(text))", arg=text
    )


def open_passage(page: Page, room: Room, story: StoryView) -> None:
    """Go to the newest passage of the story."""
    page.goto(f"{room.url}/?story={story.id}&passage={story.passages[-1].id}")
    expect_text(page, text_of(story))


def text_of(story: StoryView) -> str:
    """Of the newest passage and all before it."""
    text, here = "", story.passages[-1]
    while here.parent_id is not None:
        text = here.text + text
        here = next(each for each in story.passages if each.id == here.parent_id)
    return text


def opened_job(page: Page) -> str:
    page.wait_for_url("**job=*")
    job_id = Address.of(page).job
    assert job_id is not None
    return job_id


def expect_drawn(page: Page) -> None:
    """All that the page has to say at first is there."""
    expect(page.get_by_role("heading", level=1).first).to_be_attached()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def shown(page: Page) -> str:
    return page.locator(".once-text").inner_text()


def wait_for_words(page: Page, *, more_than: int = 20) -> None:
    wait_until(lambda: len(shown(page)) > more_than, seconds=30, what="words on the page")


def job_of(room: Room, job_id: str) -> JobView:
    return room.client.jobs.read(job_id)


def ended(room: Room, job_id: str) -> JobView:
    """The job once it has ended."""
    wait_until(
        lambda: room.client.jobs.read(job_id, wait=5).status.is_terminal, seconds=60, what="ended"
    )
    return room.client.jobs.read(job_id)


def expect_whole_story(page: Page, room: Room, job_id: str) -> None:
    """The page shows the stored text, no token more or less."""
    expect_text(page, ended(room, job_id).text)


def expect_text(page: Page, text: str) -> None:
    expect(page.locator(".once-text")).to_have_text(text.strip(), use_inner_text=True)


def told(client: Client, seed: str = SEED, *, tokens: int = 40, seed_number: int = 1) -> StoryView:
    """A story in the library whose first passage is written."""
    sampling = SamplingParams(max_new_tokens=tokens, seed=seed_number)
    request = GenerateRequest(story_seed=seed, sampling=sampling)
    story = client.stories.create(NewStory(request=request))
    return settled(client, story.id)


def settled(client: Client, story_id: str) -> StoryView:
    """The story once none of its passages is being written."""

    def is_settled() -> bool:
        passages = client.stories.read(story_id).passages
        return all(each.status is None or each.status.is_terminal for each in passages)

    wait_until(is_settled, seconds=60, what="all passages are written")
    return client.stories.read(story_id)
