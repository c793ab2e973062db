"""What a person does on the writing page, in a real browser."""

from urllib.parse import parse_qs, urlparse

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Room
from tests.integration.conftest import finished, view
from tests.processes import wait_until

HOSTILE = (
    '<img src="http://127.0.0.1:9/a.png" onerror="document.title=1"> ![x](http://127.0.0.1:9/b.png)'
)


def write(page: Page, room: Room, seed: str, *, tokens: int) -> str:
    """Fill the form, press Write, and answer the id of the story that opens."""
    page.goto(room.url)
    page.get_by_label("Story seed").fill(seed)
    page.get_by_text("Advanced: how the words are drawn").click()
    page.get_by_label("Max tokens").fill(str(tokens))
    page.get_by_role("button", name="Write").click()
    page.wait_for_url("**job=*")
    return parse_qs(urlparse(page.url).query)["job"][0]


def shown(page: Page) -> str:
    return page.locator(".once-text").inner_text()


def expect_whole_story(page: Page, room: Room, job_id: str) -> None:
    """The page shows the stored text, no token more or less."""
    stored = str(finished(room.stack, [job_id])[0]["text"]).strip()
    expect(page.locator(".once-text")).to_have_text(stored, use_inner_text=True)


def test_story_appears_and_a_refresh_or_a_second_tab_joins_it(page: Page, room: Room) -> None:
    job_id = write(page, room, "A lighthouse keeper who hears music from the sea", tokens=500)
    wait_until(lambda: len(shown(page)) > 20, seconds=30, what="first words")
    assert view(room.stack, job_id)["status"] == "running", "it appears while it is written"
    page.reload()
    second = page.context.new_page()
    second.goto(page.url)
    expect_whole_story(page, room, job_id)
    expect_whole_story(second, room, job_id)


def test_stop_ends_the_story_and_keeps_its_text(page: Page, room: Room) -> None:
    job_id = write(page, room, "A fox who collects moons", tokens=700)
    wait_until(lambda: len(shown(page)) > 20, seconds=30, what="first words")
    page.get_by_role("button", name="Stop").click()
    wait_until(
        lambda: view(room.stack, job_id)["status"] == "cancelled", seconds=10, what="stopped"
    )
    expect_whole_story(page, room, job_id)
    expect(page.get_by_role("button", name="Write")).to_be_enabled()


def test_closed_tab_does_not_stop_the_story(page: Page, room: Room) -> None:
    job_id = write(page, room, "A baker whose bread tells the truth", tokens=300)
    page.close()
    assert finished(room.stack, [job_id])[0]["status"] == "succeeded"


def test_hostile_text_is_shown_and_never_obeyed(page: Page, room: Room) -> None:
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url))
    write(page, room, HOSTILE, tokens=8)
    expect(page.locator(".once-seed")).to_have_text(HOSTILE)
    page.reload()
    expect(page.locator(".once-seed")).to_have_text(HOSTILE)
    assert page.title() == "Once"
    assert not [url for url in outside if "127.0.0.1:9/" in url]


def test_empty_seed_is_refused_with_the_reason(page: Page, room: Room) -> None:
    page.goto(room.url)
    page.get_by_role("button", name="Write").click()
    expect(page.get_by_role("alert")).to_contain_text("Story seed")
    assert "job=" not in page.url
