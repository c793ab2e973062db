"""The stream that a browser follows, over a real socket and a fake API."""

import json
import threading
from collections.abc import Iterator

import httpx2
import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.routing import Route

from services.ui import wording
from services.ui.following.sight import Look
from services.ui.following.stream import live
from services.ui.state import readers
from tests.fake_api import FakeApi
from tests.processes import wait_until
from tests.served import served

LOOK = Look()


@pytest.fixture
def url(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("API_URL", api.url)
    st.cache_resource.clear()
    with served(Starlette(routes=[Route("/live/{job_id}", live)])) as url:
        yield url
    api.forget()
    wait_until(lambda: not _reading(), seconds=10, what="every reader has ended")
    st.cache_resource.clear()


class Follower:
    """A browser's part: joins what it is told."""

    def __init__(self, url: str, job_id: str) -> None:
        self.text = ""
        self.news: list[dict[str, object]] = []
        self._request = httpx2.stream("GET", f"{url}/{LOOK.url(job_id)}", timeout=10)

    def __enter__(self) -> "Follower":
        self._lines = self._request.__enter__().iter_lines()
        return self

    def __exit__(self, *_: object) -> None:
        self._request.__exit__(None, None, None)

    def hear(self) -> dict[str, object]:
        line = next(line for line in self._lines if line.startswith("data: "))
        news: dict[str, object] = json.loads(line.removeprefix("data: "))
        self.text = str(news["text"]) if "text" in news else self.text + str(news["more"])
        self.news.append(news)
        return news

    def hear_until(self, text: str) -> None:
        while self.text != text:
            self.hear()


def test_a_story_is_followed_to_its_end(api: FakeApi, url: str) -> None:
    job = api.add(written=1)
    with Follower(url, job.id) as follower:
        follower.hear_until("Once")
        for written in range(2, len(job.pieces) + 1):
            job.written = written
            follower.hear_until("".join(job.pieces[:written]))
        while not follower.news[-1]["over"]:
            follower.hear()
        assert follower.text == job.text
        assert str(follower.news[-1]["status"]).startswith("Done")


def test_nothing_is_told_before_anything_is_heard(api: FakeApi, url: str) -> None:
    with Follower(url, api.add(written=1).id) as follower:
        assert follower.hear()["status"] == "Writing…"


def test_followers_of_one_story_share_a_reader(api: FakeApi, url: str) -> None:
    job = api.add(written=1, pieces=["Once", " upon", *([" and"] * 1_000)])
    with Follower(url, job.id) as one:
        one.hear_until("Once")
        with Follower(url, job.id) as other:
            other.hear_until("Once")
            assert job.readers == 1
        job.written = 2
        one.hear_until("Once upon")

    def nobody_reads() -> bool:
        job.written += 1  # A reader ends with the next byte after its last follower was missed.
        return not _reading()

    wait_until(nobody_reads, seconds=10, what="nobody follows, nobody reads")


def test_who_comes_again_is_told_all(api: FakeApi, url: str) -> None:
    job = api.add(written=2)
    for _ in range(2):
        with Follower(url, job.id) as follower:
            follower.hear_until("Once upon")


def test_silence_is_told(api: FakeApi, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "SILENT_SECONDS", 0.2)
    job = api.add(written=1)
    with Follower(url, job.id) as follower:
        while not follower.news or follower.news[-1]["status"] != wording.WAITING_TO_GO_ON:
            follower.hear()


def test_an_unknown_story_is_told_as_such(url: str) -> None:
    with Follower(url, "nothing") as follower:
        while not follower.hear()["over"]:
            pass
        assert follower.news[-1]["colour"] == "lost"


def test_a_look_that_is_none_is_refused(url: str) -> None:
    assert httpx2.get(f"{url}/live/job-1?before=many").status_code == 400


def test_a_renewed_reader_reads_anew_and_the_old_one_ends_with_its_user(api: FakeApi) -> None:
    job = api.add(written=1)
    st.cache_resource.clear()
    old = readers().open(job.id)
    readers().renew(job.id)
    new = readers().open(job.id)
    assert new is not old
    readers().close(old)
    assert readers().open(job.id) is new
    readers().close(new)
    readers().close(new)
    api.forget()
    wait_until(lambda: not _reading(), seconds=10, what="every reader has ended")
    st.cache_resource.clear()


def _reading() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("reader-")]
