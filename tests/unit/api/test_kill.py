"""In development a worker is ended on request; elsewhere nobody can ask for that."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from services.api.admission.callers import Scope
from services.api.settings import ApiSettings
from shared.joblog import kills
from shared.settings import load_settings
from tests.unit.api.acting import Actor
from tests.unit.api.granting import granted
from tests.unit.api.serving import (
    SIGNING_KEY,
    api_settings,
    guarded_settings,
    serving,
    sqlite_url,
)

KILL = "/v1/workers/w1/kill"
OURS = {"X-Requested-By": "a test"}


@pytest.fixture
def at_home(redis_url: str, tmp_path: Path) -> Iterator[httpx2.Client]:
    """An API in development mode."""
    settings = api_settings(redis_url, sqlite_url(tmp_path), development=True)
    with serving(settings) as url, httpx2.Client(base_url=url, timeout=20) as http:
        yield http


def test_order_reaches_the_worker_once(at_home: httpx2.Client, actor: Actor) -> None:
    assert not actor.joblog.run(kills.take("w1"))
    answer = at_home.post(KILL, headers=OURS)
    assert (answer.status_code, answer.json()) == (202, actor.info.model_dump())
    assert actor.joblog.run(kills.take("w1"))
    assert not actor.joblog.run(kills.take("w1"))
    assert at_home.get("/v1/queue").json()["can_kill"] is True


def test_worker_that_nobody_knows(at_home: httpx2.Client, actor: Actor) -> None:
    answer = at_home.post("/v1/workers/w2/kill", headers=OURS)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_worker")
    assert not actor.joblog.run(kills.take("w2"))


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
def test_page_of_another_site_cannot_kill(at_home: httpx2.Client, actor: Actor, kind: str) -> None:
    """Browsers say whose page it is. Of one that does not: a form has no header of its own, and a
    script that has one asks first, in vain."""
    origin = {"Origin": "https://evil.example"}
    answer = at_home.post(KILL, content=b"x=1", headers={**origin, "Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")
    answer = at_home.post(KILL, content=b"x=1", headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == ["header.x-requested-by"]
    asked = at_home.options(
        KILL,
        headers={
            **origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-requested-by",
        },
    )
    assert asked.status_code == 405
    assert not [name for name in asked.headers if name.startswith("access-control-")]
    assert not actor.joblog.run(kills.take("w1"))


def test_outside_development_nobody_is_killed(redis_url: str, tmp_path: Path, actor: Actor) -> None:
    library = sqlite_url(tmp_path)
    with serving(guarded_settings(redis_url, library)) as url, httpx2.Client(base_url=url) as http:
        http.headers["Authorization"] = f"Bearer {granted(library, scopes=tuple(Scope))}"
        answer = http.post(KILL, headers=OURS)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_in_development")
        assert not actor.joblog.run(kills.take("w1"))
        assert http.get("/v1/queue").json()["can_kill"] is False


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_development_on_loopback(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVELOPMENT", "true")
    monkeypatch.setenv("API_HOST", host)
    assert load_settings(ApiSettings).development


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "story.example"])
def test_development_is_for_loopback_only(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_HOST", host)
    monkeypatch.setenv("STREAM_TOKEN_KEY", SIGNING_KEY)
    assert load_settings(ApiSettings).api_host == host
    monkeypatch.setenv("DEVELOPMENT", "true")
    with pytest.raises(SystemExit) as ended:
        load_settings(ApiSettings)
    (line,) = str(ended.value).splitlines()[1:]
    assert line.startswith(f"API_HOST: {host} is not loopback")
