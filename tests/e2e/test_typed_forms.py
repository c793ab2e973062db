"""What is typed into a form, which tells nothing before it is sent, is not lost either."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Browser, Page, expect

import services.ui
from tests.e2e.acts import field, fill, press, wait_until_kept
from tests.e2e.stage import Room

SEED = "Story seed"
HEADINGS = {"Write": "Once", "Compare": "Compare", "Library": "Library"}
TAB = "http://tab.invalid/"
SCRIPTS = ("leaving.js", "unsent.js")
JS = "text/javascript"
FORM = """
<a data-testid="stTopNavLink" href="/library" onclick="event.preventDefault()">Library</a>
<div class="st-key-why"><textarea></textarea></div>
"""
COME_TO_LIFE = """async () => {
  const { default: draw } = await import("/unsent.js");
  const home = document.createElement("div");
  const data = { name: "why", field: "why", kept: null, shown: "", is_shared: false };
  window.given = [];
  const setTriggerValue = (_, text) => given.push(text);
  window.show = () => void draw({ parentElement: home, data, setTriggerValue });
}"""
NOTHING_UNSENT = "!Object.keys(sessionStorage).some(key => key.includes('unsent'))"


@pytest.fixture
def timed(browser: Browser) -> Iterator[Page]:
    """In a context of its own, since a clock is all its tabs' and stays."""
    with browser.new_context() as context:
        context.clock.install()
        yield context.new_page()


def go(page: Page, name: str) -> None:
    """To another page. Its heading is there when its fields are."""
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=HEADINGS[name])).to_be_visible()
    if name == "Write":
        page.wait_for_function("'once-typed:' in sessionStorage")


@pytest.mark.parametrize("way", ["refresh", "library"])
def test_a_form_keeps_what_is_typed_until_it_is_sent(page: Page, room: Room, way: str) -> None:
    page.goto(f"{room.url}/compare")
    field(page, "Story seed").fill("A goose who sings")
    wait_until_kept(page, "A goose who sings")
    if way == "refresh":
        page.reload()
    else:
        page.get_by_role("link", name="Library").click()
        expect(page.get_by_role("heading", name="Library")).to_be_visible()
        page.get_by_role("link", name="Compare").click()
    expect(field(page, "Story seed")).to_have_value("A goose who sings")


def test_what_is_typed_on_the_writing_page_stands_in_the_form_too(page: Page, room: Room) -> None:
    """Also where the form keeps something of its own, which is older."""
    page.goto(f"{room.url}/compare")
    field(page, SEED).fill("A goose who sings")
    wait_until_kept(page, "A goose who sings")
    go(page, "Write")
    field(page, SEED).fill("A hen who counts")
    wait_until_kept(page, "A hen who counts")
    go(page, "Compare")
    expect(field(page, SEED)).to_have_value("A hen who counts")
    go(page, "Write")
    expect(field(page, SEED)).to_have_value("A hen who counts")


def test_what_is_typed_over_the_writing_page_s_text_is_newer(page: Page, room: Room) -> None:
    page.goto(room.url)
    field(page, SEED).fill("A hen")
    go(page, "Compare")
    expect(field(page, SEED)).to_have_value("A hen")
    for more in (" who counts", " to ten"):
        field(page, SEED).press_sequentially(more)
        typed = field(page, SEED).input_value()
        wait_until_kept(page, typed)
        go(page, "Library")
        go(page, "Compare")
        expect(field(page, SEED)).to_have_value(typed)
    page.reload()
    expect(field(page, SEED)).to_have_value("A hen who counts to ten")


def test_what_was_sent_is_kept_no_longer_though_it_ended_in_a_line_break(
    page: Page, room: Room
) -> None:
    page.goto(f"{room.url}/compare")
    field(page, SEED).fill("A goose who sings\n")
    wait_until_kept(page, "A goose who sings")
    press(page, "Write")
    page.wait_for_url("**a=*")
    go(page, "Library")
    go(page, "Compare")
    page.wait_for_function(NOTHING_UNSENT)


def test_a_reason_that_is_only_typed_outlives_a_refresh(page: Page, room: Room) -> None:
    page.goto(f"{room.url}/compare")
    fill(page, "A fox who is told twice", tokens=40)
    press(page, "Write")
    page.wait_for_url("**a=*")
    a, b = (parse_qs(urlparse(page.url).query)[name][0] for name in "ab")
    field(page, "Why").fill("It made me laugh.")
    wait_until_kept(page, "It made me laugh.")
    page.reload()
    expect(field(page, "Why")).to_have_value("It made me laugh.")
    press(page, "Story B")
    expect(page.get_by_text("You chose story B")).to_be_visible()
    assert room.client.opinions.last_compared(a, b).comment == "It made me laugh."


@pytest.mark.parametrize(("typed", "given"), [("", ["Half a rea"]), ("Its end.", [])])
def test_a_text_that_waits_to_be_given_back_gives_way_to_what_is_typed(
    timed: Page, typed: str, given: list[str]
) -> None:
    """The script alone, behind a press of a link that nobody answers."""
    script = "".join(Path(services.ui.__file__).with_name(name).read_text() for name in SCRIPTS)
    timed.route(TAB, lambda route: route.fulfill(body=FORM, content_type="text/html"))
    timed.route(f"{TAB}unsent.js", lambda route: route.fulfill(body=script, content_type=JS))
    timed.goto(TAB)
    timed.evaluate("sessionStorage.setItem('once-unsent:why', 'Half a rea')")
    timed.evaluate(COME_TO_LIFE)
    timed.get_by_role("link").click()
    timed.evaluate("show()")
    timed.clock.run_for(1000)
    assert timed.evaluate("given") == [], "the press may still be answered"
    timed.get_by_role("textbox").press_sequentially(typed)
    timed.clock.run_for(2000)
    assert timed.evaluate("given") == given
