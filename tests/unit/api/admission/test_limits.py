"""Who asks for too much is told so, and when to come back; nothing of it is enqueued."""

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from services.api.admission.callers import Scope
from shared.joblog import admissions
from tests.processes import wait_until
from tests.unit.api.acting import Actor
from tests.unit.api.admission.conftest import client
from tests.unit.api.admission.limiting import SEED, limited
from tests.unit.api.granting import BOTH, granted
from tests.unit.api.library.writing import Writer, refusal
from tests.unit.api.serving import guarded_settings, serving, sqlite_url
from tests.unit.api.test_metrics import value_of

SHARED = (*BOTH, Scope.SHARED)
WAYS = ("/v1/jobs", "/generate", "/v1/stories")
"""To have a story written, beside those of a story that is there."""
DRY_RUN = "/v1/jobs?dry_run=true"


def body_of(path: str) -> dict[str, object]:
    return {"request": SEED} if path == "/v1/stories" else dict(SEED)


def start(http: httpx2.Client, actor: Actor) -> None:
    """Ask for a story, which a worker takes up."""
    http.post("/v1/jobs", json=SEED).raise_for_status()
    actor.claim()


@pytest.mark.parametrize("path", WAYS)
def test_too_many_requests_in_a_while(
    redis_url: str, tmp_path: Path, actor: Actor, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admissions, "WINDOW_MS", 2_500)
    with limited(redis_url, tmp_path, requests_per_minute=2) as come:
        anna, other = come(), come()
        for _ in range(2):
            anna.post("/v1/jobs", json=SEED).raise_for_status()
        refused = anna.post(path, json=body_of(path))
        assert refusal(refused) == (429, "too_many_requests")
        assert "2 stories a minute" in refused.json()["detail"]
        assert 1 <= int(refused.headers["retry-after"]) <= 3
        assert anna.get("/v1/jobs").status_code == 200, "only what makes work is counted"
        assert anna.post(DRY_RUN, json=SEED).status_code == 200, "what is only asked counts apart"
        assert other.post("/v1/jobs", json=SEED).status_code == 202, "each key for itself"
        assert len(anna.get("/v1/jobs").json()["jobs"]) == 3
        wait_until(
            lambda: anna.post("/v1/jobs", json=SEED).status_code == 202,
            seconds=4,
            what="the window has moved on",
        )


def test_too_many_dry_runs_in_a_while(
    redis_url: str, tmp_path: Path, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admissions, "WINDOW_MS", 2_500)
    with limited(redis_url, tmp_path, requests_per_minute=2) as come:
        anna, other, room = come(), come(), come(scopes=SHARED)
        writer = Writer(anna, actor)
        story = writer.told()
        asked = writer.try_to(story, story.passages[-1].id, "continue?dry_run=true", {})
        assert [asked.status_code, anna.post(DRY_RUN, json=SEED).status_code] == [200, 200]
        refused = anna.post(DRY_RUN, json=SEED)
        assert refusal(refused) == (429, "too_many_requests")
        assert "2 times a minute" in refused.json()["detail"]
        assert 1 <= int(refused.headers["retry-after"]) <= 3
        again = writer.try_to(story, story.passages[-1].id, "continue?dry_run=true", {})
        assert refusal(again) == (429, "too_many_requests")
        assert anna.post("/v1/jobs", json=SEED).status_code == 202, "stories are counted apart"
        assert other.post(DRY_RUN, json=SEED).status_code == 200, "each key for itself"
        assert {room.post(DRY_RUN, json=SEED).status_code for _ in range(3)} == {200}
        wait_until(
            lambda: anna.post(DRY_RUN, json=SEED).status_code == 200,
            seconds=4,
            what="the window has moved on",
        )


@pytest.mark.parametrize("path", WAYS)
def test_too_many_stories_of_one_key(
    redis_url: str, tmp_path: Path, actor: Actor, path: str
) -> None:
    with limited(redis_url, tmp_path, jobs_per_key=2) as come:
        anna = come()
        for _ in range(2):
            start(anna, actor)
        refused = anna.post(path, json=body_of(path))
        assert refusal(refused) == (429, "too_many_jobs")
        assert refused.headers["retry-after"] == "5", "nothing is measured yet"
        actor.write(3)
        actor.finish()
        assert anna.post("/v1/jobs", json=SEED).status_code == 202


def test_key_whose_stories_wait_for_another_model_is_told_when_to_come_back(
    redis_url: str, tmp_path: Path, actor: Actor
) -> None:
    """Of the model that it asks for nothing is under way, and what a story takes was measured."""
    other = Actor(redis_url, name="w2", model="other")
    other.beat()
    other.close()
    with limited(redis_url, tmp_path, jobs_per_key=1) as come:
        anna, ben = come(), come()
        start(ben, actor)
        actor.write(20)
        actor.finish()
        anna.post("/v1/jobs", json={**SEED, "model": "other"}).raise_for_status()
        refused = anna.post("/v1/jobs", json=SEED)
        assert refusal(refused) == (429, "too_many_jobs")
        assert int(refused.headers["retry-after"]) >= 1


def test_passages_count_as_stories_do(redis_url: str, tmp_path: Path, actor: Actor) -> None:
    with limited(redis_url, tmp_path, jobs_per_key=1) as come:
        anna = come()
        writer = Writer(anna, actor)
        story = writer.told()
        start(anna, actor)
        for action in ("continue", "retry"):
            answer = writer.try_to(story, story.passages[-1].id, action, {})
            assert refusal(answer) == (429, "too_many_jobs")
        assert len(writer.read(story.id).passages) == len(story.passages)


@pytest.mark.parametrize("tokens", [60, 240])
def test_wait_is_that_of_the_estimate(
    redis_url: str, tmp_path: Path, actor: Actor, tokens: int
) -> None:
    """A place is free once a slot is: when the one that waits begins, told by the same model."""
    with limited(redis_url, tmp_path, jobs_per_key=1, queue_limit=1) as come:
        anna, ben, carl, dora = (come(tenant=name) for name in ("anna", "ben", "carl", "dora"))
        for _ in range(20):
            start(dora, actor)
            actor.write(20)
            actor.finish()
        body = {**SEED, "sampling": {"max_new_tokens": tokens}}
        anna.post("/v1/jobs", json=body)
        actor.claim()
        told = ben.post("/v1/jobs", json=body).json()["eta_seconds"]
        refused = carl.post("/v1/jobs", json=SEED)
        assert refusal(refused) == (429, "queue_full")
        assert int(refused.headers["retry-after"]) == math.ceil(told["p90"])
        # One of two that are under way is hers: the second that ends is surely one.
        refused = anna.post("/v1/jobs", json=SEED)
        assert refusal(refused) == (429, "too_many_jobs")
        assert int(refused.headers["retry-after"]) > math.ceil(told["p90"])


def test_last_place_is_taken_once_over_two_processes(
    redis_url: str, tmp_path: Path, actor: Actor
) -> None:
    settings = guarded_settings(redis_url, sqlite_url(tmp_path), jobs_per_key=3)
    with serving(settings) as one, serving(settings) as other, ThreadPoolExecutor(8) as threads:
        key = granted(settings.database_url)
        with client(one, key) as first, client(other, key) as second:
            # Routes are built when first asked for, which two threads cannot do at once.
            assert [http.post("/v1/jobs").status_code for http in (first, second)] == [400, 400]

            def ask(number: int) -> int:
                return (first, second)[number % 2].post("/v1/jobs", json=SEED).status_code

            assert sorted(threads.map(ask, range(24))) == [202] * 3 + [429] * 21
            assert len(first.get("/v1/jobs").json()["jobs"]) == 3


def test_key_that_acts_for_many_is_bound_by_the_service_alone(
    redis_url: str, tmp_path: Path, actor: Actor
) -> None:
    limits = {"requests_per_minute": 1, "jobs_per_key": 1, "queue_limit": 3, "streams_per_key": 1}
    with limited(redis_url, tmp_path, **limits) as come:
        room = come(scopes=SHARED)
        for _ in range(3):
            assert room.post("/v1/jobs", json=SEED).status_code == 202
        assert refusal(room.post("/v1/jobs", json=SEED)) == (429, "queue_full")


def test_longer_story_than_the_service_tells(redis_url: str, tmp_path: Path, actor: Actor) -> None:
    with limited(redis_url, tmp_path, token_limit=300) as come:
        anna = come(scopes=SHARED)
        long = {**SEED, "controls": {"length": "long"}}
        for path in ("/v1/jobs", "/v1/jobs?dry_run=true", "/generate"):
            for body in (long, {**SEED, "sampling": {"max_new_tokens": 301}}):
                refused = anna.post(path, json=body)
                assert refusal(refused) == (422, "too_many_tokens")
                assert "at most 300" in refused.json()["detail"]
        shorter = {**long, "sampling": {"max_new_tokens": 40}}
        assert anna.post("/v1/jobs", json=shorter).status_code == 202
        assert len(anna.get("/v1/jobs").json()["jobs"]) == 1


def test_every_refusal_is_counted_by_its_code_and_from_zero(
    redis_url: str, tmp_path: Path, actor: Actor
) -> None:
    series = 'once_admission_refusals_total{code="%s"}'
    with limited(redis_url, tmp_path, jobs_per_key=1) as come:
        anna = come()
        shown = anna.get("/metrics").text
        codes = "too_many_requests too_many_jobs too_many_streams queue_full streams_full"
        assert all(f"{series % code} 0.0" in shown for code in codes.split())
        for _ in range(3):
            anna.post("/v1/jobs", json=SEED)
        assert value_of(anna.get("/metrics").text, series % "too_many_jobs") == 2
