"""Text that wants to be obeyed: from a model, a file, a title, a tag or a comment."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shared.library import FileFormat, StoryView
from shared.opinions import NewComparison, NewFeedback, Thumbs, Winner
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest
from tests.e2e import hostile
from tests.e2e.acts import expect_text, settled, told
from tests.e2e.stage import Room
from tests.processes import wait_until
from tests.reciting_model import build_reciting_model

RECITER = "reciter"
SPOKEN = f"{hostile.LINE}\n# heading\n"
TOKENS = 600
"""The whole text at least once, wherever the model begins."""


@pytest.fixture(scope="module")
def pair(whole_room: Room, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two jobs whose model wrote hostile text."""
    model: Path = build_reciting_model(tmp_path_factory.mktemp("models") / RECITER, SPOKEN)
    whole_room.stack.add_worker(RECITER, MODEL=str(model))
    jobs = [
        whole_room.client.jobs.create(
            GenerateRequest(
                story_seed=hostile.LINE,
                model=RECITER,
                sampling=SamplingParams(max_new_tokens=TOKENS, seed=seed, end_at_sentence=False),
            )
        ).id
        for seed in (1, 2)
    ]
    wait_until(
        lambda: all(whole_room.client.jobs.read(each, wait=5).status.is_terminal for each in jobs),
        seconds=120,
        what="recited",
    )
    whole_room.stack.terminate(RECITER)
    return jobs[0], jobs[1]


@pytest.fixture(scope="module")
def imported(whole_room: Room) -> StoryView:
    """A story from a file whose every word is hostile."""
    client = whole_room.client
    exported = client.stories.export(told(client, tokens=5).id, FileFormat.JSON)
    file = json.loads(exported)
    file["title"] = hostile.TITLE
    for passage in file["passages"]:
        passage["story_seed"] = hostile.LINE
        passage["text"] = hostile.LINE if passage["origin"] == "seed" else hostile.TEXT
    return settled(client, client.stories.take_in(json.dumps(file).encode()).id)


def test_model_wrote_the_hostile_text(room: Room, pair: tuple[str, str]) -> None:
    assert SPOKEN in room.client.jobs.read(pair[0]).text


def test_writing_page_shows_it(page: Page, room: Room, imported: StoryView) -> None:
    watched = hostile.watch(page, room.url)
    page.goto(f"{room.url}/?story={imported.id}&passage={imported.passages[-1].id}")
    expect_text(page, hostile.TEXT)
    expect(page.locator(".once-seed")).to_have_text(hostile.LINE, use_inner_text=True)
    expect(page.get_by_role("textbox", name="Title")).to_have_value(hostile.TITLE)
    watched.assert_obeyed_nothing(page)


def test_library_shows_it(page: Page, room: Room, imported: StoryView) -> None:
    watched = hostile.watch(page, room.url)
    page.goto(f"{room.url}/library")
    card = page.locator(".once-card").first
    expect(card).to_contain_text(hostile.TITLE)
    watched.assert_obeyed_nothing(page)
    page.goto(f"{room.url}/library?story={imported.id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(hostile.TITLE, use_inner_text=True)
    watched.assert_obeyed_nothing(page)


def test_compare_and_insights_show_it(page: Page, room: Room, pair: tuple[str, str]) -> None:
    said = NewFeedback(thumbs=Thumbs.UP, tags=[hostile.TAG], comment=hostile.TEXT)
    room.client.opinions.say(pair[0], said)
    room.client.opinions.compare(NewComparison(job_a=pair[0], job_b=pair[1], winner=Winner.A))
    watched = hostile.watch(page, room.url)
    page.goto(f"{room.url}/compare?a={pair[0]}&b={pair[1]}")
    expect(page.locator(".once-text").first).to_contain_text(hostile.IMAGE)
    expect(page.locator(".once-seed")).to_have_text(hostile.LINE, use_inner_text=True)
    expect(page.get_by_text("You chose story A.")).to_be_visible()
    watched.assert_obeyed_nothing(page)
    page.goto(f"{room.url}/insights")
    expect(page.get_by_role("cell", name=RECITER)).to_be_visible()
    watched.assert_obeyed_nothing(page)
