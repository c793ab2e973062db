"""In development, where no key is needed, foreign pages can do nothing through a browser."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx2
import pytest

from tests.unit.api.acting import Actor
from tests.unit.api.admission.conftest import client
from tests.unit.api.granting import granted
from tests.unit.api.serving import api_settings, guarded_settings, serving, sqlite_url

NAMED, FOREIGN = "https://tales.example", "https://evil.example"
SEED = {"story_seed": "A fox"}


@pytest.fixture
def library(tmp_path: Path) -> str:
    return sqlite_url(tmp_path)


@pytest.fixture
def http(redis_url: str, library: str) -> Iterator[httpx2.Client]:
    settings = api_settings(redis_url, library, cors_origins=(NAMED,), host_names=("mybox",))
    with serving(settings) as url, client(url) as http:
        yield http


def refused(answer: httpx2.Response) -> str | None:
    if answer.status_code != 403:
        return None
    assert answer.headers["content-type"] == "application/problem+json"
    code: str = answer.json()["code"]
    return code


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8000",
        "LOCALHOST:1",
        "localhost.",
        "tales.localhost:8000",
        "127.0.0.1",
        "127.8.9.1:80",
        "[::1]",
        "[::1]:8000",
        "mybox",
        "mybox:8000",
    ],
)
def test_is_asked_under_names_of_its_own_machine(http: httpx2.Client, host: str) -> None:
    assert http.get("/v1/queue", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "evillocalhost",
        "localhost.evil",
        "10.0.0.1",
        "0.0.0.0",
        "[fe80::1]",
        "localhost:x",
        "a@localhost",
        "mybox.evil.example",
    ],
)
def test_is_not_asked_under_another_name(http: httpx2.Client, host: str) -> None:
    """As by a page whose name was made to point here: to a browser it is the API's own page."""
    for path in ("/v1/jobs", "/healthz", "/docs"):
        assert refused(http.get(path, headers={"Host": host})) == "host_refused"
    own = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    assert refused(http.post("/v1/jobs", json=SEED, headers=own)) == "host_refused"


@pytest.mark.parametrize(
    "page",
    [
        {"Origin": FOREIGN, "Sec-Fetch-Site": "cross-site"},
        {"Origin": FOREIGN},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_foreign_page_changes_nothing(
    http: httpx2.Client, actor: Actor, page: Mapping[str, str]
) -> None:
    plain = {**page, "Content-Type": "text/plain"}
    job = http.post("/v1/jobs", json=SEED).json()["id"]
    for path in ("/v1/jobs", "/generate", f"/v1/jobs/{job}/feedback", "/v1/workers/w1/kill"):
        answer = http.post(path, content='{"story_seed": "A fox"}', headers=plain)
        assert refused(answer) == "origin_refused"
    assert refused(http.delete(f"/v1/jobs/{job}", headers=page)) == "origin_refused"
    told = http.post("/v1/completions", json={"prompt": "A fox"}, headers=page)
    assert (told.status_code, told.json()["error"]["code"]) == (403, "origin_refused")
    assert [each["status"] for each in http.get("/v1/jobs").json()["jobs"]] == ["queued"]


def test_own_pages_named_sites_and_programs_may(http: httpx2.Client, actor: Actor) -> None:
    own = str(http.base_url).rstrip("/")
    for page in (
        {"Origin": own, "Sec-Fetch-Site": "same-origin"},
        {"Origin": NAMED, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {},
    ):
        assert http.post("/v1/jobs", json=SEED, headers=page).status_code == 202


def test_named_site_can_read_why_it_was_not_answered_under_a_strange_name(
    http: httpx2.Client,
) -> None:
    answer = http.post("/v1/jobs", json=SEED, headers={"Origin": NAMED, "Host": "evil.example"})
    assert refused(answer) == "host_refused"
    assert answer.headers["access-control-allow-origin"] == NAMED


def test_where_a_key_is_needed_any_name_will_do(redis_url: str, library: str, actor: Actor) -> None:
    """As in containers, where it is `api` or `gateway`; browsers hold no keys."""
    with serving(guarded_settings(redis_url, library)) as url, client(url) as stranger:
        for path in ("/healthz", "/metrics"):
            assert stranger.get(path, headers={"Host": "api:8000"}).status_code == 200
        with client(url, granted(library)) as http:
            headers = {"Host": "gateway:8000", "Origin": FOREIGN}
            assert http.post("/v1/jobs", json=SEED, headers=headers).status_code == 202
