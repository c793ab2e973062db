"""A lone surrogate is refused wherever a caller may write: UTF-8 cannot carry it."""

import json
from typing import Any

import httpx2
import pytest

from tests.unit.api.acting import Actor
from tests.unit.api.library.writing import refusal

LONE = "\ud800"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/stories", {"job_id": LONE}, "job_id"),
        ("/v1/comparisons", {"job_a": LONE, "job_b": "b", "winner": "a"}, "job_a"),
        ("/v1/comparisons", {"job_a": "a", "job_b": LONE, "winner": "a"}, "job_b"),
    ],
)
def test_in_an_id(http: httpx2.Client, path: str, body: dict[str, Any], field: str) -> None:
    answer = http.post(path, content=json.dumps(body))
    assert refusal(answer) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_in_what_says_nothing(http: httpx2.Client, actor: Actor) -> None:
    """Under a key all of the body is hashed."""
    body = json.dumps({"prompt": "A fox", "user": LONE})
    answer = http.post("/v1/completions", content=body, headers={"Idempotency-Key": "mine"})
    assert refusal(answer) == (400, "invalid_request")
    assert answer.json()["error"]["param"] == "user"
