"""A stream token opens the events of one job for minutes, and nothing else."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from services.api.admission.callers import Caller, Scope
from services.api.admission.stream_tokens import LIFE_SECONDS, StreamTokens
from shared.refusals import StreamTokenInvalidError
from tests.unit.api.acting import Actor
from tests.unit.api.admission.conftest import client
from tests.unit.api.granting import granted
from tests.unit.api.library.writing import refusal
from tests.unit.api.serving import (
    SIGNING_KEY,
    assert_whole,
    events_path,
    guarded_settings,
    read_stream,
    serving,
    sqlite_url,
)

SEED = {"story_seed": "A fox"}
TOKENS = StreamTokens(SIGNING_KEY)
ANNA = Caller("anna", "k1", frozenset({Scope.READ}))


@pytest.fixture
def library(tmp_path: Path) -> str:
    return sqlite_url(tmp_path)


@pytest.fixture
def api(redis_url: str, library: str) -> Iterator[str]:
    with serving(guarded_settings(redis_url, library, streams_per_key=1)) as url:
        yield url


@pytest.fixture
def http(api: str, library: str) -> Iterator[httpx2.Client]:
    with client(api, granted(library)) as http:
        yield http


@pytest.fixture
def browser(api: str) -> Iterator[httpx2.Client]:
    """It can send no key."""
    with client(api) as browser:
        yield browser


def test_browser_follows_a_story_by_the_address_it_was_given(
    http: httpx2.Client, browser: httpx2.Client, job: str, actor: Actor
) -> None:
    answer = http.post(f"/v1/jobs/{job}/stream-token")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert 0 < answer.json()["expires_at"] - time.time() <= LIFE_SECONDS
    actor.claim()
    actor.write(3)
    actor.finish()
    url = answer.json()["url"]
    assert url == f"{events_path(job)}?token={answer.json()['token']}"
    assert_whole(read_stream(browser, url), 3)
    assert_whole(read_stream(browser, url, last_id="2"), 3, first=3)


def test_another_process_takes_it(
    http: httpx2.Client, job: str, redis_url: str, library: str
) -> None:
    url = http.post(f"/v1/jobs/{job}/stream-token").json()["url"]
    with serving(guarded_settings(redis_url, library)) as other, client(other) as browser:
        assert read_stream(browser, url, most=1).names() == ["queued"]


def test_it_opens_nothing_else(
    http: httpx2.Client, browser: httpx2.Client, job: str, actor: Actor
) -> None:
    token = http.post(f"/v1/jobs/{job}/stream-token").json()["token"]
    other = http.post("/v1/jobs", json=SEED).json()["id"]
    answer = browser.get(events_path(other), params={"token": token})
    assert refusal(answer) == (401, "stream_token_invalid")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    for path in (f"/v1/jobs/{job}", "/v1/jobs", f"/v1/jobs/{job}/stream-token"):
        assert refusal(browser.get(path, params={"token": token}))[0] in (401, 405)
    headers = {"Authorization": f"Bearer {token}"}
    assert refusal(browser.get(f"/v1/jobs/{job}", headers=headers)) == (401, "key_invalid")


def test_whoever_only_reads_gets_one_and_of_nobody_elses_story(
    api: str, library: str, job: str
) -> None:
    with client(api, granted(library, scopes=[Scope.READ])) as reader:
        assert reader.post(f"/v1/jobs/{job}/stream-token").status_code == 200
    with client(api, granted(library, tenant="ben")) as ben:
        assert refusal(ben.post(f"/v1/jobs/{job}/stream-token")) == (404, "unknown_job")


def test_streams_by_token_count_as_its_key_s(
    http: httpx2.Client, browser: httpx2.Client, job: str
) -> None:
    url = http.post(f"/v1/jobs/{job}/stream-token").json()["url"]
    with browser.stream("GET", url) as response:
        lines = response.iter_lines()
        assert next(lines) == "event: queued"
        assert refusal(http.get(events_path(job))) == (429, "too_many_streams")


def test_token_is_of_its_caller() -> None:
    token, _ = TOKENS.issue("j", ANNA)
    assert TOKENS.caller_of(token, "j") == ANNA
    shared = Caller("anna", "k1", frozenset(Scope))
    token, _ = TOKENS.issue("j", shared)
    assert TOKENS.caller_of(token, "j").scopes == {Scope.READ, Scope.SHARED}


def test_token_is_over_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    token, _ = TOKENS.issue("j", ANNA)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + LIFE_SECONDS - 1)
    assert TOKENS.caller_of(token, "j") == ANNA
    monkeypatch.setattr(time, "time", lambda: now + LIFE_SECONDS + 1)
    with pytest.raises(StreamTokenInvalidError):
        TOKENS.caller_of(token, "j")


def test_no_letter_of_it_can_be_changed() -> None:
    token, _ = TOKENS.issue("j", ANNA)
    for place in range(len(token) - 1):  # the very last one holds two bits of padding
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(StreamTokenInvalidError):
            TOKENS.caller_of(changed, "j")


@pytest.mark.parametrize("token", ["", ".", "..", "a", "a.b", "a.b.c", "é.é", "\0.x", "A" * 9_000])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(StreamTokenInvalidError):
        TOKENS.caller_of(token, "j")
    with pytest.raises(StreamTokenInvalidError):
        StreamTokens("6" * 64).caller_of(TOKENS.issue("j", ANNA)[0], "j")
