"""The example page, as it is, on a site of its own: a browser follows a story by a stream token."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from shared.client import Client
from tests.e2e.stage import WORKER, Room
from tests.processes import free_port, process, wait_until
from tests.stack import answers

EXAMPLE = Path("docs/examples/eventsource.html")


@pytest.fixture(scope="module")
def site(whole_room: Room, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page's address; its origin is one that the API lets read."""
    port = whole_room.site_port
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    log = tmp_path_factory.mktemp("site") / "log"
    with process(command, log, folder=EXAMPLE.parent):
        origin = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(origin), seconds=10, what="the site")
        yield f"{origin}/{EXAMPLE.name}?api={whole_room.stack.api_url}"


@pytest.fixture
def reader(room: Room) -> Iterator[Client]:
    """Whoever the page asks as."""
    with Client(room.stack.api_url, api_key="me") as client:
        yield client


def write(page: Page) -> None:
    """Until the first words are there."""
    page.get_by_role("button", name="Write").click()
    wait_until(lambda: len(text(page)) > 20, seconds=30, what="words on the page")


def text(page: Page) -> str:
    return page.locator("#story").text_content() or ""


def is_stream(request: Request) -> bool:
    return "/events?token=" in request.url


def cursor_of(request: Request) -> int:
    """Behind which token the page asks for a stream."""
    return int(request.url.rpartition("after=")[2])


def test_it_is_an_example_and_no_program() -> None:
    assert len(EXAMPLE.read_text().splitlines()) <= 30


def test_a_page_of_another_site_shows_the_whole_story(
    page: Page, site: str, reader: Client
) -> None:
    page.goto(site)
    page.get_by_role("button", name="Write").click()
    expect(page.get_by_role("status")).to_have_text("done")
    (job,) = reader.jobs.page(limit=1).jobs
    assert text(page) == job.text
    assert job.usage.completion_tokens > 100


def test_a_reload_goes_on_where_the_page_was(
    page: Page, room: Room, site: str, reader: Client
) -> None:
    page.goto(site)
    with room.slowly():
        write(page)
        room.stack.kill(WORKER)
    seen = text(page)
    with page.expect_request(is_stream) as asked:
        page.reload()
    assert cursor_of(asked.value) > 0
    assert text(page).startswith(seen)
    room.revive()
    expect(page.get_by_role("status")).to_have_text("done")
    (job,) = reader.jobs.page(limit=1).jobs
    assert job.attempts == 2, "killed in the middle"
    assert text(page) == job.text


def test_a_token_that_is_refused_is_replaced(
    page: Page, room: Room, site: str, reader: Client
) -> None:
    """In development each start of the API signs with another key."""
    page.goto(site)
    with room.slowly():
        write(page)
        room.stack.kill(WORKER)
    with page.expect_request(lambda request: is_stream(request) and cursor_of(request) > 0):
        room.stack.stop_api()
        room.stack.start_api()
    room.revive()
    expect(page.get_by_role("status")).to_have_text("done")
    (job,) = reader.jobs.page(limit=1).jobs
    assert text(page) == job.text


def test_an_api_that_is_away_for_a_moment_is_asked_again(
    page: Page, room: Room, site: str, reader: Client
) -> None:
    """As a gateway answers meanwhile, in no JSON."""
    page.goto(site)
    with room.slowly():
        write(page)
        page.route("**/stream-token", lambda route: route.fulfill(status=503), times=1)
        page.reload()
        page.wait_for_function("document.querySelector('#state').textContent.endsWith('site.')")
        page.wait_for_function("document.querySelector('#state').textContent === ''")
    expect(page.get_by_role("status")).to_have_text("done")
    (job,) = reader.jobs.page(limit=1).jobs
    assert text(page) == job.text


def test_a_second_click_has_no_second_story_written(
    page: Page, room: Room, site: str, reader: Client
) -> None:
    known = reader.jobs.page(limit=1).jobs
    page.goto(site)
    page.get_by_role("button", name="Write").dblclick()
    expect(page.get_by_role("status")).to_have_text("done")
    job, *before = reader.jobs.page(limit=2).jobs
    assert [other.id for other in before] == [other.id for other in known]
    assert text(page) == job.text


def test_a_story_that_is_taken_up_again_gives_way_to_a_new_one(
    page: Page, room: Room, site: str, reader: Client
) -> None:
    """The old one's stream token comes only after the new one was asked for."""
    page.goto(site)
    write(page)
    held: list[Route] = []
    page.route("**/stream-token", lambda route: held.append(route), times=1)
    (old,) = reader.jobs.page(limit=1).jobs
    with page.expect_request("**/stream-token"):
        page.reload()
    page.get_by_role("button", name="Write").click()
    page.wait_for_function("old => sessionStorage.job != old", arg=old.id)
    with page.expect_response(held[0].request.url):
        held[0].continue_()
    expect(page.get_by_role("status")).to_have_text("done")
    (job,) = reader.jobs.page(limit=1).jobs
    assert text(page) == job.text


def test_it_is_told_when_no_api_answers_or_none_that_this_site_may_ask(
    page: Page, room: Room, site: str
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    elsewhere = site.partition("?")[0].replace("127.0.0.1", "localhost")
    for address in (
        f"{site.partition('?')[0]}?api={nowhere}",
        f"{elsewhere}?{site.partition('?')[2]}",
    ):
        page.goto(address)
        page.get_by_role("button", name="Write").click()
        expect(page.get_by_role("status")).to_contain_text("does not answer, or not to this site")
        expect(page.get_by_role("button", name="Write")).to_be_enabled()
