"""Readiness, queue, workers, metrics and the description of the service."""

from collections.abc import Sequence

import httpx2
import pytest

from services.api.operations import delay
from shared.content import ruled
from shared.operations import Delay
from tests.unit.api.acting import Actor
from tests.unit.api.serving import events_path, read_stream
from tests.unit.api.test_metrics import value_of

SEED = {"story_seed": "A fox"}
AS_OPENAI = {"/v1/completions", "/v1/models", "/v1/models/{model}"}


def test_ready_once_a_worker_serves_the_model(http: httpx2.Client, redis_url: str) -> None:
    turned_away = 'once_admission_refusals_total{code="model_unavailable"}'
    before = value_of(http.get("/metrics").text, turned_away)
    refused = http.get("/readyz")
    assert refused.status_code == 503
    assert refused.json()["code"] == "model_unavailable"
    assert "tiny" in refused.json()["detail"]
    assert value_of(http.get("/metrics").text, turned_away) == before, "nobody wanted a story"
    actor = Actor(redis_url)
    actor.beat()
    assert http.get("/readyz").status_code == 200
    actor.close()


def test_receipt_that_is_shown_is_of_the_list_that_is_there(http: httpx2.Client) -> None:
    described = http.get("/openapi.json").json()["paths"]["/v1/jobs/{job_id}/verify"]["post"]
    shown = described["responses"]["200"]["content"]["application/json"]["example"]
    assert shown["told"]["content_list"] == ruled().version


def test_a_probe_may_ask_without_a_body(http: httpx2.Client, redis_url: str) -> None:
    for path in ("/healthz", "/readyz"):
        answer = http.head(path)
        assert (answer.status_code, answer.content) == (http.get(path).status_code, b"")
    actor = Actor(redis_url)
    actor.beat()
    assert http.head("/readyz").status_code == 200
    actor.close()


def test_queue_tells_depth_age_slots_and_wait(http: httpx2.Client, actor: Actor) -> None:
    empty = http.get("/v1/queue").json()
    assert (empty["oldest_age_seconds"], empty["eta_seconds"]) == (None, None)
    for _ in range(2):
        http.post("/v1/jobs", json=SEED)
        actor.claim()
        actor.write(10)
        actor.finish()
    for priority in ("interactive", "interactive", "batch"):
        http.post("/v1/jobs", json={**SEED, "priority": priority})
    actor.claim()
    queue = http.get("/v1/queue").json()
    assert queue["depth"] == {"interactive": 1, "batch": 1}
    assert (queue["running"], queue["slots"]) == (1, 1)
    assert 0 <= queue["oldest_age_seconds"] < 10
    # Its one slot has just begun a story of ten tokens, at fifty a second, of 256 that it may have.
    # And then it takes as long to the first token as the last ones waited for theirs.
    most = 0.2 + queue["first_token_seconds"]["p95"]
    assert 0.2 <= queue["eta_seconds"]["p50"] <= 1.02 * most
    assert 0.2 < queue["eta_seconds"]["p90"] < 256 / 50
    assert queue["workers"][0]["tokens_per_second"] == 50.0


def test_queue_of_another_model_is_not_passed_off_as_the_default_ones(
    http: httpx2.Client, actor: Actor
) -> None:
    answer = http.get("/v1/queue", params={"model": "another"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_queue_tells_how_far_its_estimates_held(http: httpx2.Client, actor: Actor) -> None:
    assert http.get("/v1/queue").json()["calibration"] is None
    held_up = {0: 10, 2: 100}  # seconds; so the second is foretold ten, and waits less
    for stories in range(4):
        told = http.get("/v1/queue").json()["calibration"]
        assert (told["stories"] if told else 0) == max(0, stories - 1), "the first had no estimate"
        job = http.post("/v1/jobs", json=SEED).json()
        actor.claim()
        if stories in held_up:
            actor.set_back(job["id"], held_up[stories])
        actor.write(3)
        actor.finish()
    told = http.get("/v1/queue").json()["calibration"]
    assert told["stories"] == 3
    assert told["within_p90"] == 0.667, "the third waited longer than any before"


def test_queue_tells_how_long_first_tokens_took(http: httpx2.Client, actor: Actor) -> None:
    assert http.get("/v1/queue").json()["first_token_seconds"] is None
    for tokens in (3, 1):
        http.post("/v1/jobs", json=SEED)
        actor.claim()
        actor.write(tokens)
    told = http.get("/v1/queue").json()["first_token_seconds"]
    assert told["stories"] == 2
    assert 0 <= told["p50"] <= told["p95"] < 10


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([], None),
        ([0.12345], Delay(p50=0.123, p95=0.123, stories=1)),
        ([4, 1, 3, 2], Delay(p50=2, p95=4, stories=4)),
        (range(19, -1, -1), Delay(p50=9, p95=18, stories=20)),
        (range(1, 201), Delay(p50=100, p95=190, stories=200)),
    ],
)
def test_half_and_all_but_a_twentieth_took_no_longer(
    seconds: Sequence[float], expected: Delay | None
) -> None:
    assert delay(seconds) == expected


def test_batch_job_stands_behind_the_interactive_ones(http: httpx2.Client, actor: Actor) -> None:
    batch = http.post("/v1/jobs", json={**SEED, "priority": "batch"}).json()["id"]
    http.post("/v1/jobs", json=SEED)
    assert http.get(f"/v1/jobs/{batch}").json()["position"] == 1


def test_somebody_new_stands_before_a_flood(http: httpx2.Client, actor: Actor) -> None:
    for _ in range(4):
        http.post("/v1/jobs", json=SEED, headers={"Authorization": "Bearer flood"})
    actor.claim()
    queue = http.get("/v1/queue").json()
    assert (queue["depth"]["interactive"], queue["position"]) == (3, 0)


def test_workers_are_listed(http: httpx2.Client, actor: Actor) -> None:
    assert [worker["id"] for worker in http.get("/v1/workers").json()["workers"]] == ["w1"]


def test_streams_are_counted(http: httpx2.Client, job: str, actor: Actor) -> None:
    actor.claim()
    actor.write(2)
    actor.finish()
    before = _metric(http, 'once_events_sent_total{type="token"}')
    read_stream(http, events_path(job))
    assert _metric(http, 'once_events_sent_total{type="token"}') == before + 2
    assert _metric(http, "once_open_streams") == 0


def test_description_shows_an_example_of_every_body_and_answer(http: httpx2.Client) -> None:
    paths = http.get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        error_type = "application/json" if path in AS_OPENAI else "application/problem+json"
        for method, operation in operations.items():
            contents = [answer.get("content", {}) for answer in operation["responses"].values()]
            if "requestBody" in operation:
                contents.append(operation["requestBody"]["content"])
            for content in contents:
                for kind, media in content.items():
                    assert "example" in media or "examples" in media, (method, path, kind)
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == [error_type]
    refused = paths["/v1/jobs"]["post"]["responses"]
    assert {"202", "400", "413", "422", "503"} <= refused.keys()


def _metric(http: httpx2.Client, name: str) -> float:
    lines = http.get("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))
