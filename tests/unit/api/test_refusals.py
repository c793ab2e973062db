"""Whatever is wrong with a request: a problem with a stable code, and nothing is enqueued."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from services.api.app import create_app
from shared.errors import ErrorCode
from tests.unit.api.acting import Actor
from tests.unit.api.serving import api_settings, sqlite_url

SEED = {"story_seed": "A fox"}


def problem(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    body = json.loads(answer.content.decode("utf-8"))
    assert {"type", "title", "status", "detail", "code"} <= body.keys()
    assert body["status"] == answer.status_code
    assert "Traceback" not in answer.text
    assert "/site-packages/" not in answer.text
    return answer.status_code, body["code"]


def assert_nothing_waits(http: httpx2.Client, actor: Actor) -> None:
    assert http.get("/v1/queue").json()["depth"] == {"interactive": 0, "batch": 0}
    assert actor.permits() == 0


MALFORMED = [
    b"",
    b"{",
    b"\xff\xfe{}",
    b'{"story_seed": "\xed\xa0\x80"}',
    b'{"story_seed": NaN}',
    b"[" * 60_000,
    b'{"story_seed": ' + b"1" * 5_000 + b"}",
]
INVALID = [
    (b"[]", "body"),
    (b"null", "body"),
    (b'{"story_seed": null}', "story_seed"),
    (b'{"story_seed": "x", "sampling": {"max_new_tokens": true}}', "sampling.max_new_tokens"),
    (b'{"story_seed": "x", "sampling": {"top_k": true}}', "sampling.top_k"),
    (b'{"story_seed": "x", "sampling": {"temperature": false}}', "sampling.temperature"),
    (b'{"story_seed": "x", "deadline_seconds": true}', "deadline_seconds"),
    (b"{}", "story_seed"),
    (b'{"story_seed": "x", "extra": 1}', "extra"),
    (b'{"story_seed": "\\ud800"}', "story_seed"),
    (b'{"story_seed": "x", "a\\ud800": 1}', "body"),
    (b'{"story_seed": "x", "sampling": {"temperature": 1e999}}', "sampling.temperature"),
    (b'{"story_seed": "x", "sampling": {"top_p": 0}}', "sampling.top_p"),
    (b'{"story_seed": "x", "sampling": {"stop": ["\\udfff"]}}', "sampling.stop.0"),
    (b'{"story_seed": "x", "sampling": {"seed": 9223372036854775808}}', "sampling.seed"),
    (b'{"story_seed": "x", "sampling": {"seed_pull": 10.5}}', "sampling.seed_pull"),
    (b'{"story_seed": "x", "sampling": {"seed_pull": -1}}', "sampling.seed_pull"),
    (b'{"story_seed": "x", "sampling": {"end_at_sentence": 2}}', "sampling.end_at_sentence"),
    (b'{"story_seed": "a\\u0000b"}', "story_seed"),
    (b'{"story_seed": "x", "memory": "a\\u0000b"}', "memory"),
    (b'{"story_seed": "x", "memory": "\\udfff"}', "memory"),
    (b'{"story_seed": "x", "author_note": "a\\u001cb"}', "author_note"),
    (b'{"story_seed": "x", "author_note": "' + b"x" * 1_001 + b'"}', "author_note"),
    (b'{"story_seed": "x", "priority": "urgent"}', "priority"),
    (b'{"story_seed": "x", "cancel_on_disconnect": 2}', "cancel_on_disconnect"),
    (b'{"story_seed": "x", "deadline_seconds": 0}', "deadline_seconds"),
    (b'{"story_seed": "x", "deadline_seconds": -1}', "deadline_seconds"),
    (b'{"story_seed": "x", "deadline_seconds": 86401}', "deadline_seconds"),
    (b'{"story_seed": "x", "deadline_seconds": 1e999}', "deadline_seconds"),
]


@pytest.mark.parametrize("path", ["/v1/jobs", "/generate"])
@pytest.mark.parametrize("body", MALFORMED)
def test_body_that_is_no_json(http: httpx2.Client, actor: Actor, path: str, body: bytes) -> None:
    assert problem(http.post(path, content=body)) == (400, "malformed_body")
    assert_nothing_waits(http, actor)


@pytest.mark.parametrize(("body", "field"), INVALID)
def test_invalid_field_is_named(http: httpx2.Client, actor: Actor, body: bytes, field: str) -> None:
    answer = http.post("/v1/jobs", content=body)
    assert problem(answer) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert_nothing_waits(http, actor)


def test_countless_faults_are_counted_and_not_told(http: httpx2.Client, actor: Actor) -> None:
    answer = http.post("/v1/jobs", json=SEED | {f"f{number}": 1 for number in range(5_000)})
    assert problem(answer) == (422, "invalid_request")
    assert "5000 faults" in answer.json()["detail"]
    assert len(answer.content) < 1_000
    assert_nothing_waits(http, actor)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'{"story_seed": "x", "sampling": 5}', "must be a JSON object"),
        (b'{"story_seed": null}', "must be a text, unless there is a raw_prompt"),
        (b"{}", "must be a text, unless there is a raw_prompt"),
        (b'{"story_seed": "x", "sampling": {"top_k": true}}', "must be a number"),
    ],
)
def test_what_is_wrong_is_said_in_words_of_the_api(
    http: httpx2.Client, body: bytes, message: str
) -> None:
    answer = http.post("/v1/jobs", content=body)
    assert [error["message"] for error in answer.json()["errors"]] == [message]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/jobs", {"GET", "POST"}),
        ("PATCH", "/v1/jobs/x", {"GET", "DELETE"}),
        ("POST", "/healthz", {"GET", "HEAD"}),
        ("PATCH", "/openapi.json", {"GET", "HEAD"}),
    ],
)
def test_method_that_is_not_taken_is_told_all_that_are(
    http: httpx2.Client, method: str, path: str, allowed: set[str]
) -> None:
    answer = http.request(method, path)
    assert problem(answer) == (405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == allowed


def test_body_over_the_limit_with_and_without_a_length(http: httpx2.Client, actor: Actor) -> None:
    body = json.dumps({**SEED, "pad": "x" * 70_000}).encode()

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(body), 8_192):
            yield body[start : start + 8_192]

    assert problem(http.post("/v1/jobs", content=body)) == (413, "body_too_large")
    assert problem(http.post("/v1/jobs", content=chunks())) == (413, "body_too_large")
    assert_nothing_waits(http, actor)


def test_model_that_nobody_serves(http: httpx2.Client, actor: Actor) -> None:
    answer = http.post("/v1/jobs", json={**SEED, "model": "gpt-nowhere"})
    assert problem(answer) == (503, "model_unavailable")
    assert "gpt-nowhere" in answer.json()["detail"]
    assert answer.headers["retry-after"] == "5"
    assert_nothing_waits(http, actor)


def test_story_longer_than_the_context(http: httpx2.Client, actor: Actor) -> None:
    answer = http.post("/v1/jobs", json={**SEED, "sampling": {"max_new_tokens": 1024}})
    assert problem(answer) == (422, "context_exceeded")
    assert "max_new_tokens is 1024" in answer.json()["detail"]
    assert "only 980 fit" in answer.json()["detail"]
    assert "1024" in answer.json()["detail"]
    assert_nothing_waits(http, actor)
    fits = http.post("/v1/jobs", json={**SEED, "sampling": {"max_new_tokens": 512}})
    assert fits.status_code == 202


BAD_CURSORS = ["x", "-1", "1.5", "", "257", "99999999999999999999", "٣", "0x1"]


@pytest.mark.parametrize(
    ("cursor", "ended"),
    [*((cursor, ended) for cursor in BAD_CURSORS for ended in (True, False)), ("4", True)],
)
def test_cursor_where_no_reader_can_be(
    http: httpx2.Client, job: str, actor: Actor, cursor: str, ended: bool
) -> None:
    actor.claim()
    actor.write(3)
    if ended:
        actor.finish()
    path = f"/v1/jobs/{job}/events"
    assert problem(http.get(path, params={"after": cursor})) == (400, "invalid_cursor")
    headers = {b"Last-Event-ID": cursor.encode()}
    answer = http.get(path, params={"after": "0"}, headers=headers)
    assert problem(answer) == (400, "invalid_cursor")


def test_header_wins_over_query(http: httpx2.Client, job: str, actor: Actor) -> None:
    actor.claim()
    actor.write(3)
    actor.finish()
    answer = http.get(
        f"/v1/jobs/{job}/events", params={"after": "0"}, headers={"Last-Event-ID": "2"}
    )
    ids = [line for line in answer.text.splitlines() if line.startswith("id:")]
    assert ids == ["id: 3"]


@pytest.mark.parametrize("cursor", ["x", "", "czEy!", "c", "é", "cy0x", "djEy"])
def test_page_cursor_that_was_never_given(http: httpx2.Client, cursor: str) -> None:
    answer = http.get("/v1/jobs", params={"cursor": cursor})
    assert problem(answer) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/nowhere", (404, "not_found")),
        ("GET", "/v1/jobs/", (404, "not_found")),
        ("PUT", "/v1/jobs", (405, "method_not_allowed")),
        ("GET", "/v1/jobs/unknown", (404, "unknown_job")),
        ("DELETE", "/v1/jobs/unknown", (404, "unknown_job")),
        ("GET", "/v1/jobs/unknown/events", (404, "unknown_job")),
        ("GET", "/v1/jobs/unknown?wait=1", (404, "unknown_job")),
        ("GET", "/v1/jobs/unknown?wait=61", (422, "invalid_request")),
        ("GET", "/v1/jobs/unknown?wait=nan", (422, "invalid_request")),
        ("GET", "/v1/jobs?limit=0", (422, "invalid_request")),
        ("GET", "/v1/jobs?limit=x", (422, "invalid_request")),
    ],
)
def test_address_that_does_not_work(
    http: httpx2.Client, method: str, path: str, expected: tuple[int, str]
) -> None:
    assert problem(http.request(method, path)) == expected


async def test_unexpected_error_is_not_shown(redis_url: str, tmp_path: Path) -> None:
    app = create_app(api_settings(redis_url, sqlite_url(tmp_path)))

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("password=hunter2")

    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            answer = await client.get("/broken")
    assert problem(answer) == (500, ErrorCode.INTERNAL)
    assert "hunter2" not in answer.text
    assert answer.headers["connection"] == "close", "the server closes it behind such an error"


def test_refusals_are_counted_by_code(http: httpx2.Client) -> None:
    http.get("/v1/jobs/unknown")
    assert 'once_requests_refused_total{code="unknown_job"}' in http.get("/metrics").text
