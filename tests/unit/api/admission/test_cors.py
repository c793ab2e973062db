"""Pages of other sites read the API's answers only where they are named."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from services.api.admission.callers import SESSION_HEADER
from services.api.app import create_app
from tests.served import served
from tests.unit.api.acting import Actor
from tests.unit.api.admission.conftest import client
from tests.unit.api.granting import granted
from tests.unit.api.serving import events_path, guarded_settings, serving, sqlite_url

NAMED, OTHER = "https://tales.example", "https://evil.example"
SEED = {"story_seed": "A fox"}
ASKED = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,if-match",
}


@pytest.fixture
def library(tmp_path: Path) -> str:
    return sqlite_url(tmp_path)


@pytest.fixture
def http(redis_url: str, library: str) -> Iterator[httpx2.Client]:
    settings = guarded_settings(redis_url, library, cors_origins=(NAMED,))
    with serving(settings) as url, client(url, granted(library)) as http:
        yield http


def allowed(answer: httpx2.Response) -> str | None:
    return answer.headers.get("access-control-allow-origin")


def test_preflight_of_a_named_site_and_of_another(http: httpx2.Client) -> None:
    answer = http.options("/v1/jobs", headers={"Origin": NAMED, **ASKED})
    assert (answer.status_code, allowed(answer)) == (200, NAMED)
    assert "authorization" in answer.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in answer.headers
    refused = http.options("/v1/jobs", headers={"Origin": OTHER, **ASKED})
    assert (refused.status_code, allowed(refused)) == (400, None)


def test_a_page_may_use_openais_client(http: httpx2.Client) -> None:
    sent = (
        "authorization,content-type,user-agent,x-stainless-arch,x-stainless-lang,x-stainless-os,"
        "x-stainless-package-version,x-stainless-retry-count,x-stainless-runtime,"
        "x-stainless-runtime-version,x-stainless-timeout"
    )
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": sent}
    answer = http.options("/v1/completions", headers={"Origin": NAMED, **asked})
    assert (answer.status_code, allowed(answer)) == (200, NAMED)


def test_a_page_may_say_for_which_of_its_readers_it_asks(http: httpx2.Client) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": SESSION_HEADER.lower(),
    }
    answer = http.options("/v1/jobs", headers={"Origin": NAMED, **asked})
    assert (answer.status_code, allowed(answer)) == (200, NAMED)


def test_answers_problems_and_streams_can_be_read_by_a_named_site(
    http: httpx2.Client, job: str, actor: Actor
) -> None:
    for origin, expected in ((NAMED, NAMED), (OTHER, None)):
        headers = {"Origin": origin}
        assert allowed(http.get("/v1/jobs", headers=headers)) == expected
        unknown = http.get("/v1/jobs/unknown", headers=headers)
        assert (unknown.status_code, allowed(unknown)) == (404, expected)
        assert "X-Request-Id" in unknown.headers["access-control-expose-headers"].split(", ")
        with http.stream("GET", events_path(job), headers=headers) as stream:
            assert (stream.status_code, allowed(stream)) == (200, expected)
            assert next(stream.iter_lines()) == "event: queued"


def test_token_in_the_address_is_what_a_named_site_s_event_source_needs(
    http: httpx2.Client, job: str
) -> None:
    url = http.post(f"/v1/jobs/{job}/stream-token").json()["url"]
    with client(str(http.base_url)) as browser:
        headers = {"Origin": NAMED, "Accept": "text/event-stream"}
        with browser.stream("GET", url, headers=headers) as stream:
            assert (stream.status_code, allowed(stream)) == (200, NAMED)


def test_by_default_no_site_is_named(redis_url: str, library: str) -> None:
    with serving(guarded_settings(redis_url, library)) as url, client(url) as http:
        answer = http.options("/v1/jobs", headers={"Origin": NAMED, **ASKED})
        assert answer.status_code == 405
        assert allowed(http.get("/healthz", headers={"Origin": NAMED})) is None


def test_unexpected_error_can_be_read_by_a_named_site(redis_url: str, library: str) -> None:
    app = create_app(guarded_settings(redis_url, library, cors_origins=(NAMED,)))

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("password=hunter2")

    with served(app) as url:
        answer = httpx2.get(f"{url}/broken", headers={"Origin": NAMED})
    assert (answer.status_code, allowed(answer)) == (500, NAMED)
