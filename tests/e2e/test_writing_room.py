"""What a person does on the writing page, in a real browser."""

from playwright.sync_api import Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from shared.connections import TIMEOUT_SECONDS, connect
from shared.schemas import JobStatus
from tests.e2e.acts import (
    LONG,
    button,
    ended,
    expect_drawn,
    expect_whole_story,
    field,
    fill,
    job_of,
    opened_job,
    press,
    wait_for_words,
    write,
)
from tests.e2e.stage import Room
from tests.processes import wait_until

HOSTILE = (
    '<img src="http://127.0.0.1:9/a.png" onerror="document.title=1"> ![x](http://127.0.0.1:9/b.png)'
)


def test_story_appears_and_a_refresh_or_a_second_tab_joins_it(page: Page, room: Room) -> None:
    with room.slowly():
        job_id = write(page, room, tokens=500)
        wait_for_words(page)
        assert job_of(room, job_id).status is JobStatus.RUNNING, "it appears while it is written"
    page.reload()
    second = page.context.new_page()
    second.goto(page.url)
    expect_whole_story(page, room, job_id)
    expect_whole_story(second, room, job_id)


def test_what_is_typed_while_a_story_is_begun_does_not_hide_it(page: Page, room: Room) -> None:
    seed = "A ferryman who owes the river"
    with page.expect_websocket() as opening:
        page.goto(room.url)
    fill(page, seed, tokens=40)
    expect_drawn(page)
    with connect(room.stack.redis_url) as store:
        store.client_pause(int(TIMEOUT_SECONDS * 800), all=False)  # No longer than anybody waits.
        # Of a press whose run has not begun yet Streamlit knows nothing behind the next change.
        with opening.value.expect_event("framereceived", _begins_a_run):
            press(page, "Write")
        with opening.value.expect_event("framesent"):
            field(page, "Memory").fill("Ada is brave.")
            field(page, "Memory").press("Tab")
        store.client_unpause()
    expect_whole_story(page, room, opened_job(page))
    assert len(room.client.stories.page(search=seed).stories) == 1


def _begins_a_run(frame: bytes | str) -> bool:
    return isinstance(frame, bytes) and ForwardMsg.FromString(frame).HasField("new_session")


def test_stop_ends_the_story_and_keeps_its_text(page: Page, room: Room) -> None:
    with room.slowly():
        job_id = write(page, room, "A fox who collects moons", tokens=LONG)
        wait_for_words(page)
        press(page, "Stop")
        wait_until(
            lambda: job_of(room, job_id).status is JobStatus.CANCELLED, seconds=10, what="stopped"
        )
    expect_whole_story(page, room, job_id)
    expect(button(page, "Continue")).to_be_enabled()


def test_closed_tab_does_not_stop_the_story(page: Page, room: Room) -> None:
    with room.slowly():
        job_id = write(page, room, "A baker whose bread tells the truth", tokens=300)
        page.close()
    assert ended(room, job_id).status is JobStatus.SUCCEEDED


def test_hostile_text_is_shown_and_never_obeyed(page: Page, room: Room) -> None:
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url))
    write(page, room, HOSTILE, tokens=8)
    expect(page.locator(".once-seed")).to_have_text(HOSTILE)
    page.reload()
    expect(page.locator(".once-seed")).to_have_text(HOSTILE)
    assert page.title() == "Write · Once"
    assert not [url for url in outside if "127.0.0.1:9/" in url]


def test_empty_seed_is_refused_with_the_reason(page: Page, room: Room) -> None:
    page.goto(room.url)
    press(page, "Write")
    expect(page.get_by_role("alert")).to_contain_text("Story seed")
    assert "job=" not in page.url


def test_a_refresh_loses_nothing_beside_a_constraint_that_is_too_long(
    page: Page, room: Room
) -> None:
    long = "no ghosts, " * 12
    page.goto(room.url)
    page.wait_for_function("sessionStorage.length")
    page.get_by_role("textbox", name="Memory").fill("Ada keeps the lighthouse.")
    constraints = page.get_by_role("combobox", name="Constraints")
    constraints.fill(long)
    constraints.press("Enter")
    page.wait_for_function(
        "text => Object.values(sessionStorage).some(kept => kept.includes(text))", arg=long.strip()
    )
    page.reload()
    expect(page.get_by_role("textbox", name="Memory")).to_have_value("Ada keeps the lighthouse.")
    expect(page.get_by_text(long.strip())).to_be_visible()


def test_a_page_that_is_held_up_says_so_after_a_while(page: Page, room: Room) -> None:
    page.goto(room.url)
    expect_drawn(page)
    app = page.get_by_test_id("stApp")
    look = "getComputedStyle(app, '::after').visibility"
    held_up = f"app => {{ app.dataset.testScriptState = 'running'; return {look}; }}"
    assert app.evaluate(held_up) == "hidden"
    wait_until(lambda: app.evaluate(f"app => {look}") == "visible", seconds=10, what="a word")
