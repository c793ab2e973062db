"""The writing page as a reader meets it, against the fake API over real HTTP."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.runtime.caching import clear_session_resource_cache
from streamlit.testing.v1 import AppTest

import services.ui
from services.ui import components
from shared.errors import ErrorCode
from shared.schemas import Genre, JobError, JobStatus
from tests.unit.ui.fake_api import PIECES, FakeApi, FakeJob, problem

APP = Path(services.ui.__file__).with_name("app.py")
APP_TEST_SESSION = "test session id"
STORY = "".join(PIECES)
HOSTILE = ["<img src=x onerror=alert(1)>", " ![a](http://x.invalid/y.png)", " **b** </article>"]


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("reader-")]


@pytest.fixture
def page(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("API_URL", api.url)
    monkeypatch.setenv("STREAM_GIVE_UP_SECONDS", "1")
    st.cache_resource.clear()
    yield AppTest.from_file(str(APP), default_timeout=15)
    api.hangs = False
    for job in api.jobs.values():
        job.cancelled = True
    wait_for(lambda: not readers())
    st.cache_resource.clear()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def shown(page: AppTest) -> str:
    """All HTML on the page."""
    return "\n".join(element.proto.body for element in page.get("html"))


def look_until(page: AppTest, text: str) -> None:
    def seen() -> bool:
        page.run()
        assert not page.exception
        return text in shown(page)

    wait_for(seen)


def press(page: AppTest, label: str) -> None:
    next(item for item in page.button if item.label == label).click().run()
    assert not page.exception


def open_story(page: AppTest, job: FakeJob) -> None:
    page.query_params["job"] = job.id


def test_a_seed_becomes_a_story(api: FakeApi, page: AppTest) -> None:
    page.run()
    page.text_area[0].set_value("A fox who could read")
    page.selectbox[0].set_value(Genre.HORROR.value)
    next(item for item in page.number_input if item.label == "Pull toward the seed").set_value(1.5)
    next(item for item in page.checkbox if item.label == "End at a sentence").uncheck()
    press(page, "Write")
    look_until(page, "Done")
    assert STORY in shown(page)
    assert "8 tokens · 4.5 s · seed 7 · came to its end" in shown(page)
    assert page.query_params["job"] == "job-1"
    request = api.jobs["job-1"].request
    assert request.story_seed == "A fox who could read"
    assert request.controls.genre is Genre.HORROR
    assert (request.sampling.seed_pull, request.sampling.end_at_sentence) == (1.5, False)


def test_a_double_click_is_one_wish(api: FakeApi, page: AppTest) -> None:
    page.run()
    page.text_area[0].set_value("A fox")
    press(page, "Write")
    del page.query_params["job"]  # The browser sends the second click with the old address.
    page.run()
    press(page, "Write")
    assert list(api.jobs) == ["job-1"]
    look_until(page, STORY)


def test_model_text_is_shown_as_it_is(api: FakeApi, page: AppTest) -> None:
    open_story(page, api.add(pieces=HOSTILE))
    look_until(page, "Done")
    assert "&lt;img src=x onerror=alert(1)&gt; ![a](http://x.invalid/y.png) **b** " in shown(page)
    assert "<img" not in shown(page)
    assert not page.markdown


def test_text_grows_while_it_is_written(api: FakeApi, page: AppTest) -> None:
    job = api.add(written=0)
    job.position = 2
    open_story(page, job)
    look_until(page, "2 stories run before this one · 2–4 s")
    job.position = None
    job.written = 3
    look_until(page, ">Once upon a<")
    assert "Writing…" in shown(page)
    assert next(item for item in page.button if item.label == "Write").disabled
    job.written = len(PIECES)
    look_until(page, STORY)


def test_stop_keeps_the_text(api: FakeApi, page: AppTest) -> None:
    job = api.add(written=2)
    open_story(page, job)
    look_until(page, "Once upon")
    press(page, "Stop")
    assert job.status is JobStatus.CANCELLED
    look_until(page, "Stopped")
    assert ">Once upon<" in shown(page)
    assert [item.label for item in page.button] == ["Write"]


def test_another_tab_opens_the_same_story_and_its_form(api: FakeApi, page: AppTest) -> None:
    job = api.add(written=4)
    open_story(page, job)
    look_until(page, "Once upon a time")
    assert page.text_area[0].value == job.request.story_seed


def test_a_refused_request_names_the_field_and_keeps_the_form(api: FakeApi, page: AppTest) -> None:
    refused = [{"field": "sampling.temperature", "message": "must be <b>at most</b> 5"}]
    api.refuse_create = problem(422, ErrorCode.INVALID_REQUEST, "Not valid.", errors=refused)
    page.run()
    page.text_area[0].set_value("A fox")
    press(page, "Write")
    assert "Temperature: must be &lt;b&gt;at most&lt;/b&gt; 5" in shown(page)
    assert page.text_area[0].value == "A fox"
    assert "job" not in page.query_params


def test_an_empty_seed_is_refused_beside_the_form(api: FakeApi, page: AppTest) -> None:
    page.run()
    press(page, "Write")
    assert "Story seed: must not be empty" in shown(page)
    assert not api.jobs


def test_a_seed_that_is_too_long_is_kept_and_refused(api: FakeApi, page: AppTest) -> None:
    page.run()
    assert not page.text_area[0].max_chars, "a browser drops the whole of a longer paste"
    page.text_area[0].set_value("x" * 2_001)
    press(page, "Write")
    assert "Story seed: must be at most 2,000 characters long" in shown(page)
    assert page.text_area[0].value == "x" * 2_001
    assert not api.jobs


def test_no_worker_is_said_plainly(api: FakeApi, page: AppTest) -> None:
    api.refuse_create = problem(503, ErrorCode.MODEL_UNAVAILABLE, "No live worker serves it.")
    page.run()
    page.text_area[0].set_value("A fox")
    press(page, "Write")
    assert "No live worker serves it." in shown(page)
    assert "Start a worker" in shown(page)


def test_an_api_that_is_down_is_said_plainly(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_URL", "http://127.0.0.1:1")
    page.run()
    page.text_area[0].set_value("A fox")
    press(page, "Write")
    assert "cannot be reached" in shown(page)
    assert page.text_area[0].value == "A fox"


def test_a_failed_story_says_what_to_do(api: FakeApi, page: AppTest) -> None:
    job = api.add(written=2)
    job.error = JobError(code=ErrorCode.TOO_MANY_ATTEMPTS, detail="Three workers failed.")
    open_story(page, job)
    look_until(page, "Three workers failed.")
    assert "Write it again" in shown(page)
    assert "Once upon" in shown(page)


def test_a_story_that_failed_before_its_first_word_tells_only_why(
    api: FakeApi, page: AppTest
) -> None:
    job = api.add(written=0)
    job.error = JobError(code=ErrorCode.GENERATION_FAILED, detail="The model broke.")
    open_story(page, job)
    look_until(page, "The model broke.")
    assert "0 words" not in shown(page)
    assert "<article" not in shown(page)


@pytest.mark.parametrize("unknown", ["nothing", "../job-1", "<b>"])
def test_an_unknown_story_is_named_as_such(api: FakeApi, page: AppTest, unknown: str) -> None:
    api.add()
    page.query_params["job"] = unknown
    look_until(page, "There is no such story.")


def test_an_address_without_a_story_is_the_empty_page(page: AppTest) -> None:
    page.query_params["job"] = ""
    page.run()
    assert "The page is still empty" in shown(page)


def test_an_api_that_hangs_does_not_keep_the_form_away(api: FakeApi, page: AppTest) -> None:
    job = api.add(written=2)
    api.hangs = True
    open_story(page, job)
    began = time.monotonic()
    page.run()
    assert time.monotonic() - began < 4
    assert [item.label for item in page.text_area] == ["Story seed"]


def test_a_silent_story_is_said_to_wait_for_a_worker(
    api: FakeApi, page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAM_GIVE_UP_SECONDS", "60")
    monkeypatch.setattr(components, "SILENT_SECONDS", 0.5)
    job = api.add(written=2)
    open_story(page, job)
    look_until(page, "Writing…")
    look_until(page, "Waiting for a worker to go on…")
    assert "once-dot once-waiting" in shown(page)
    job.written = 3
    look_until(page, "Writing…")


def test_a_lost_reader_can_try_again(api: FakeApi, page: AppTest) -> None:
    job = api.add()
    job.scripts = [[job.token(2)] for _ in range(5)]
    open_story(page, job)
    look_until(page, "cannot be shown")
    assert "Tokens are missing" in shown(page)
    job.scripts = []
    press(page, "Try again")
    look_until(page, STORY)


def test_a_closed_tab_ends_its_reader_and_not_the_story(api: FakeApi, page: AppTest) -> None:
    job = api.add(written=2)
    open_story(page, job)
    look_until(page, "Once upon")
    assert len(readers()) == 1
    clear_session_resource_cache(APP_TEST_SESSION)  # As the runtime does when a tab closes.
    job.written = 3
    wait_for(lambda: not readers())
    assert job.status is JobStatus.RUNNING
