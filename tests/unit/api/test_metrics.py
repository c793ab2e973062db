"""What the API exports moves with what happens."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from services.api import hub
from shared.joblog import measures
from shared.schemas import Priority
from tests.processes import free_port, wait_until
from tests.unit.api.acting import MODEL, Actor
from tests.unit.api.serving import (
    api_settings,
    events_path,
    read_stream,
    reading,
    serving,
    sqlite_url,
)

Metric = Callable[[str], float]
SEED = {"story_seed": "A fox"}


@pytest.fixture
def metric(http: httpx2.Client) -> Metric:
    """The value of a series now, as Prometheus would write it; 0 while it is not there."""
    return lambda name: value_of(http.get("/metrics").text, name)


def value_of(text: str, name: str) -> float:
    lines = text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{name} "))


def submit(http: httpx2.Client, tokens: int, priority: str = "interactive") -> str:
    body = {**SEED, "sampling": {"max_new_tokens": tokens}, "priority": priority}
    job_id: str = http.post("/v1/jobs", json=body).json()["id"]
    return job_id


def test_tokens_outstanding_are_those_of_waiting_and_running_stories(
    http: httpx2.Client, actor: Actor, metric: Metric
) -> None:
    outstanding = f'once_outstanding_tokens{{model="{MODEL}"}}'
    assert metric(outstanding) == 0
    for tokens, priority in ((30, "interactive"), (20, "interactive"), (40, "batch")):
        submit(http, tokens, priority)
    assert metric(outstanding) == 90
    actor.claim()
    actor.write(7)
    assert metric(outstanding) == 83
    assert metric(f'once_running_jobs{{model="{MODEL}"}}') == 1
    actor.release()
    assert metric(outstanding) == 83
    actor.claim()
    actor.finish()
    assert metric(outstanding) == 60


def test_length_class_is_the_limit_where_no_tokens_are_named(
    http: httpx2.Client, actor: Actor, metric: Metric
) -> None:
    http.post("/v1/jobs", json={**SEED, "controls": {"length": "short"}})
    job = actor.joblog.run(measures.backlog(MODEL))
    assert metric(f'once_outstanding_tokens{{model="{MODEL}"}}') == job.outstanding_tokens > 60


def test_long_queue_is_extrapolated_from_its_beginning(http: httpx2.Client, actor: Actor) -> None:
    for tokens in (10, 30, 50, 50):
        submit(http, tokens)
    backlog = actor.joblog.run(measures.backlog(MODEL, looked_at=2))
    assert backlog.outstanding_tokens == 4 * (10 + 30) / 2
    assert backlog.depth == {Priority.INTERACTIVE: 4, Priority.BATCH: 0}


def test_queue_depth_and_age_are_those_of_the_waiting(
    http: httpx2.Client, actor: Actor, metric: Metric
) -> None:
    age = f'once_queue_oldest_age_seconds{{model="{MODEL}"}}'
    submit(http, 20)
    submit(http, 20, "batch")
    assert metric(f'once_queue_depth{{model="{MODEL}",priority="interactive"}}') == 1
    assert metric(f'once_queue_depth{{model="{MODEL}",priority="batch"}}') == 1
    assert 0 < metric(age) < metric(age) < 10
    actor.claim()
    actor.claim()
    assert metric(age) == 0


def test_live_workers_are_counted_and_missed(
    http: httpx2.Client, redis_url: str, metric: Metric
) -> None:
    workers = f'once_workers{{model="{MODEL}"}}'
    assert f"{workers} 0.0" in http.get("/metrics").text
    actor = Actor(redis_url)
    actor.beat()
    assert metric(workers) == 1
    assert metric(f'once_worker_slots{{model="{MODEL}"}}') == 1
    assert metric(f'once_worker_tokens_per_second{{model="{MODEL}"}}') == 50
    actor.close()


def test_nothing_old_is_told_while_redis_is_away(tmp_path: Path) -> None:
    settings = api_settings(f"redis://127.0.0.1:{free_port()}/0", sqlite_url(tmp_path))
    with serving(settings) as url:
        answer = httpx2.get(f"{url}/metrics", timeout=10)
        httpx2.post(f"{url}/v1/jobs", json=SEED, timeout=10)
        refused = httpx2.get(f"{url}/metrics", timeout=10).text
    assert answer.status_code == 200
    assert "once_store_up 0.0" in answer.text
    assert "once_queue_depth{" not in answer.text
    assert value_of(refused, 'once_admission_refusals_total{code="store_unavailable"}') == 1


def test_only_who_is_turned_away_counts_as_refused_admission(
    http: httpx2.Client, metric: Metric
) -> None:
    refused = 'once_admission_refusals_total{code="model_unavailable"}'
    before = metric(refused)
    http.post("/v1/jobs", json=SEED)
    http.post("/v1/jobs", json={"story_seed": ""})
    http.get("/v1/jobs/unknown")
    assert metric(refused) == before + 1
    assert 'once_admission_refusals_total{code="unknown_job"}' not in http.get("/metrics").text


def test_every_refusal_is_counted_from_zero(http: httpx2.Client) -> None:
    told = http.get("/metrics").text
    for code in ("model_unavailable", "library_unavailable", "library_outdated", "queue_full"):
        assert f'once_admission_refusals_total{{code="{code}"}}' in told


def test_open_stream_and_mended_gap_are_counted(
    api: str, job: str, actor: Actor, metric: Metric
) -> None:
    before = metric("once_gaps_repaired_total")
    with reading(api, job) as reader:
        reader.wait_for("queued")
        assert metric("once_open_streams") == 1
        actor.claim()
        actor.write(2)
        reader.wait_for("token", 2)
        actor.append_silently()
        actor.write(1)
        reader.wait_for("token", 4)
        actor.finish()
        reader.finish()
    assert metric("once_gaps_repaired_total") == before + 1
    wait_until(lambda: metric("once_open_streams") == 0, seconds=5, what="stream over")


def test_response_times_know_the_route_and_end_with_the_first_byte(
    http: httpx2.Client, job: str, actor: Actor, metric: Metric
) -> None:
    count = 'once_response_seconds_count{route="%s",status="%s"}'
    created = count % ("POST /v1/jobs", 202)
    stream = count % ("GET /v1/jobs/{job_id}/events", 200)
    before = (metric(created), metric(stream), metric(count % ("none", 404)))
    http.post("/v1/jobs", json=SEED)
    http.get("/nowhere")
    read_stream(http, events_path(job), most=1)
    after = (metric(created), metric(stream), metric(count % ("none", 404)))
    assert after == tuple(value + 1 for value in before)


def test_relay_lag_is_measured_with_and_without_readers(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "PROBE_SECONDS", 0.05)
    actor = Actor(redis_url)
    actor.beat()
    with (
        serving(api_settings(redis_url, sqlite_url(tmp_path))) as url,
        httpx2.Client(base_url=url) as http,
    ):

        def measured() -> float:
            return value_of(http.get("/metrics").text, "once_relay_lag_seconds_count")

        wait_until(lambda: measured() >= 3, seconds=5, what="lag without readers")
        with reading(url, submit(http, 20)) as reader:
            reader.wait_for("queued")
            actor.claim()
            actor.write(2)
            reader.wait_for("token", 2)
            before = measured()
            wait_until(lambda: measured() >= before + 3, seconds=5, what="lag with a reader")
            actor.finish()
            reader.finish()
    actor.close()
