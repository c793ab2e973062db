"""Every answer names its request, and so does whatever is logged on its way."""

import logging
import re
from pathlib import Path

import httpx2
import pytest
from structlog.contextvars import get_contextvars, merge_contextvars
from structlog.testing import capture_logs

from services.api.app import create_app
from services.api.request_ids import HEADER
from tests.served import served
from tests.unit.api.acting import Actor
from tests.unit.api.serving import api_settings, events_path, sqlite_url


@pytest.mark.parametrize(
    ("path", "status"),
    [("/healthz", 200), ("/v1/jobs/unknown", 404), ("/v1/models/unknown", 404), ("/nowhere", 404)],
)
def test_every_answer_has_an_id_of_its_own(http: httpx2.Client, path: str, status: int) -> None:
    answers = [http.get(path) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {status}
    one, other = (answer.headers[HEADER] for answer in answers)
    assert re.fullmatch("[0-9a-f]{32}", one)
    assert one != other


def test_a_stream_has_one_before_its_story_begins(http: httpx2.Client, job: str) -> None:
    with http.stream("GET", events_path(job)) as stream:
        assert stream.headers[HEADER]


@pytest.mark.parametrize("given", ["gateway-7", "a" * 128, "1.2_3"])
def test_the_id_that_a_gateway_gave_is_kept(http: httpx2.Client, given: str) -> None:
    assert http.get("/healthz", headers={HEADER: given}).headers[HEADER] == given


@pytest.mark.parametrize("given", ["", "a" * 129, "two words", 'quo"te', "a\tb", "fünf"])
def test_what_is_no_id_is_not(http: httpx2.Client, given: str) -> None:
    answer = http.get("/healthz", headers={HEADER.encode(): given.encode("latin-1")})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers[HEADER])


def test_host_that_is_refused_is_answered_with_one(http: httpx2.Client) -> None:
    answer = http.get("/healthz", headers={"Host": "evil.example"})
    assert answer.status_code == 403
    assert answer.headers[HEADER]


def test_what_is_logged_on_the_way_names_the_request(api: str, actor: Actor) -> None:
    with capture_logs(processors=[merge_contextvars]) as logged:
        answer = httpx2.post(f"{api}/v1/jobs", json={"story_seed": "A fox"})
    accepted = [line for line in logged if line["event"] == "accepted"]
    assert [line["request_id"] for line in accepted] == [answer.headers[HEADER]]


class Kept(logging.Handler):
    """The request that each record was logged for."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[object] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.requests.append(get_contextvars().get("request_id"))


def test_unexpected_error_is_found_in_the_log_by_what_its_answer_says(
    redis_url: str, tmp_path: Path
) -> None:
    app = create_app(api_settings(redis_url, sqlite_url(tmp_path)))

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("password=hunter2")

    kept = Kept()
    logging.getLogger("uvicorn.error").addHandler(kept)
    try:
        with served(app) as url:
            answer = httpx2.get(f"{url}/broken")
    finally:
        logging.getLogger("uvicorn.error").removeHandler(kept)
    request_id = answer.headers[HEADER]
    assert answer.status_code == 500
    assert f"in our log as request {request_id};" in answer.json()["detail"]
    assert kept.requests == [request_id]
