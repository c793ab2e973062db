"""What a worker exports moves with what it does."""

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from services.worker import tasks
from services.worker.engine import Engine
from services.worker.engine_thread import EngineThread
from services.worker.janitor import GAVE_UP, Janitor
from services.worker.metrics_server import LOOPBACK, serving_metrics
from services.worker.watching import StoryWatch
from shared.broker import Permits, make_celery
from shared.connections import connect
from shared.joblog import Claim, JobLog, commands
from shared.metrics import Fate, WorkerMetrics
from tests.jobs import job_spec, submit_job
from tests.processes import free_port, wait_until


@pytest.fixture
def joblog(redis_url: str) -> Iterator[JobLog]:
    client = connect(redis_url)
    yield JobLog(client)
    client.close()


@pytest.fixture
def engine(tiny_model: Path, joblog: JobLog) -> Iterator[EngineThread]:
    def load() -> Engine:
        return Engine.load(str(tiny_model), dtype="float32", max_batch=4, threads=1)

    thread = EngineThread(load, joblog, WorkerMetrics(), on_failure=threading.Event().set)
    thread.start()
    thread.wait_until_loaded()
    yield thread
    thread.drain()
    thread.join(10)


def value(metrics: WorkerMetrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0


def test_story_moves_claims_tokens_times_and_ends(joblog: JobLog, engine: EngineThread) -> None:
    submit_job(joblog, "a", model="tiny")
    tasks.write_one(joblog, engine, "w")
    tasks.write_one(joblog, engine, "w")
    job = joblog.run(commands.read_job("a"))
    assert job is not None
    metrics, tokens = engine.metrics, job.count
    assert value(metrics, "once_claims_total", attempt="first") == 1
    assert value(metrics, "once_empty_permits_total") == 1
    assert value(metrics, "once_tokens_total") == tokens > 1
    assert value(metrics, "once_prompt_tokens_total") == job.prompt_tokens
    assert value(metrics, "once_time_to_first_token_seconds_count") == 1
    assert value(metrics, "once_queue_wait_seconds_count") == 1
    assert value(metrics, "once_inter_token_seconds_count") == tokens - 1
    assert value(metrics, "once_append_seconds_count") == tokens
    assert value(metrics, "once_step_seconds_count") >= tokens
    assert ended(metrics) == {Fate.SUCCEEDED: 1}


def test_story_taken_up_again_is_a_later_claim_and_has_no_second_first_token(
    joblog: JobLog, engine: EngineThread
) -> None:
    submit_job(joblog, "a", model="tiny")
    for _ in range(2):
        owner = joblog.run(commands.claim("tiny", "dead", numeric_kind="k", lease_ms=60_000))
        assert owner is not None
        joblog.run(commands.release("a", owner.epoch))
    tasks.write_one(joblog, engine, "w")
    assert value(engine.metrics, "once_claims_total", attempt="later") == 1
    assert value(engine.metrics, "once_claims_total", attempt="first") == 0
    assert value(engine.metrics, "once_queue_wait_seconds_count") == 0
    assert value(engine.metrics, "once_time_to_first_token_seconds_count") == 1


def test_refused_story_is_counted_with_its_code(joblog: JobLog, engine: EngineThread) -> None:
    submit_job(joblog, "a", model="tiny", spec=job_spec(story_seed="狐" * 100))
    tasks.write_one(joblog, engine, "w")
    name = "once_attempts_ended_total"
    assert value(engine.metrics, name, fate="failed", reason="context_exceeded") == 1
    assert ended(engine.metrics) == {Fate.FAILED: 1}


def test_stories_in_hand_are_slots_in_use(joblog: JobLog, engine: EngineThread) -> None:
    metrics = engine.metrics
    assert value(metrics, "once_slots") == 4
    assert value(metrics, "once_slots_in_use") == 0
    submit_job(joblog, "a", model="tiny", spec=job_spec(tokens=100))
    waiter = threading.Thread(target=tasks.write_one, args=(joblog, engine, "w"))
    waiter.start()
    wait_until(lambda: value(metrics, "once_slots_in_use") == 1, seconds=10, what="in use")
    engine.drain()
    waiter.join(10)
    assert value(metrics, "once_slots_in_use") == 0
    assert value(metrics, "once_attempts_ended_total", fate="released", reason="drained") == 1


def test_first_token_counts_from_acceptance_and_not_from_the_claim() -> None:
    metrics = WorkerMetrics()
    claim = Claim("a", 1, job_spec(), "k", age_seconds=20.0)
    watch = StoryWatch(claim, metrics, asked_ns=time.time_ns(), written=0)
    watch.tokens(1, 1, began=time.monotonic(), told=time.monotonic(), stories=1)
    assert 20 <= value(metrics, "once_time_to_first_token_seconds_sum") < 25
    assert value(metrics, "once_queue_wait_seconds_sum") == 20


def test_tokens_told_together_share_the_time_since_the_last_one() -> None:
    metrics = WorkerMetrics()
    claim = Claim("a", 1, job_spec(), "k", age_seconds=0.0)
    watch = StoryWatch(claim, metrics, asked_ns=time.time_ns(), written=0)
    watch.tokens(1, 1, began=0.0, told=10.0, stories=1)
    watch.tokens(5, 4, began=11.0, told=12.0, stories=1)
    assert value(metrics, "once_inter_token_seconds_count") == 4
    assert value(metrics, "once_inter_token_seconds_sum") == 2.0
    assert value(metrics, "once_inter_token_seconds_bucket", le="0.2") == 0
    assert value(metrics, "once_inter_token_seconds_bucket", le="0.5") == 4


def test_expired_leases_and_stories_given_up_are_counted(joblog: JobLog, redis_url: str) -> None:
    metrics, permits = WorkerMetrics(), Permits(make_celery(redis_url))
    janitor = Janitor(joblog, permits, metrics, model="tiny", slots=4, stop=threading.Event())
    submit_job(joblog, "a", model="tiny")
    for lost in range(1, 6):
        assert value(metrics, "once_dead_letters_total") == 0
        joblog.run(commands.claim("tiny", "dead", numeric_kind="k", lease_ms=1))
        wait_until(lambda since=lost: expired(janitor) == since, seconds=5, what="reaped")  # type: ignore[misc]
    assert value(metrics, "once_dead_letters_total") == 1
    job = joblog.run(commands.read_job("a"))
    assert job is not None
    assert job.ending == GAVE_UP


def test_metrics_are_served_on_their_own_port() -> None:
    metrics, port = WorkerMetrics(), free_port()
    metrics.tokens.inc(3)
    with serving_metrics(metrics, port, address=LOOPBACK):
        text = httpx2.get(f"http://{LOOPBACK}:{port}/metrics").text
        with (
            pytest.raises(OSError, match="in use"),
            serving_metrics(metrics, port, address=LOOPBACK),
        ):
            pass
    assert re.search(r"^once_tokens_total 3.0$", text, flags=re.MULTILINE)
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"http://{LOOPBACK}:{port}/metrics")


def expired(janitor: Janitor) -> float:
    janitor.tidy()
    return value(janitor._metrics, "once_lease_expiries_total")


def ended(metrics: WorkerMetrics) -> dict[str, float]:
    """Claims that are over, by fate."""
    counts: dict[str, float] = {}
    for family in metrics.registry.collect():
        for sample in family.samples:
            if sample.name == "once_attempts_ended_total" and sample.value:
                fate = sample.labels["fate"]
                counts[fate] = counts.get(fate, 0) + sample.value
    return counts
