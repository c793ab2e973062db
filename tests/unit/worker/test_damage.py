"""A story that somebody spoils in Redis while it is written: the others of its batch go on."""

import threading

import pytest
import redis
from structlog.testing import capture_logs

from services.worker import tasks
from services.worker.janitor import Janitor
from shared.broker import Permits, make_celery
from shared.events import TokenEvent
from shared.joblog import JobLog, commands, keys
from shared.metrics import WorkerMetrics
from shared.operations import WorkerInfo
from shared.schemas import JobStatus, Priority
from tests.jobs import job_spec, submit_job
from tests.processes import wait_until
from tests.unit.worker.conftest import Start
from tests.unit.worker.pace import Pace
from tests.unit.worker.writing import read, write_in_background

TOKENS = 40


@pytest.mark.parametrize("key", [keys.log("spoilt"), keys.job("spoilt")])
def test_spoilt_story_leaves_and_its_neighbour_is_finished(
    joblog: JobLog, start: Start, redis_url: str, key: str
) -> None:
    pace = Pace()
    thread = start(joblog, pace)
    waiters = []
    for job_id in ("spoilt", "healthy"):
        submit_job(joblog, job_id, model="tiny", spec=job_spec(tokens=TOKENS))
        waiters.append(write_in_background(joblog, thread))
    wait_until(lambda: len(thread.in_hand()) == 2, seconds=10, what="both are claimed")
    with redis.Redis.from_url(redis_url) as client:
        client.delete(key)
        client.set(key, "x")
    pace.allow(2 * TOKENS)
    for waiter in waiters:
        waiter.join(10)
        assert not waiter.is_alive()
    assert read(joblog, "healthy").status is JobStatus.SUCCEEDED
    assert not joblog.run(commands.read_log("spoilt"))


INFO = WorkerInfo(
    id="w",
    model="tiny",
    model_sha256="0" * 64,
    numeric_kind="k",
    context_length=128,
    slots=4,
    running=1,
    tokens_per_second=5.0,
)
QUEUE = keys.waiting("tiny", Priority.INTERACTIVE)
MEASURES = [keys.first_tokens("tiny"), keys.estimates("tiny"), keys.statistics("tiny")]


def test_stories_outlive_what_somebody_puts_in_the_place_of_their_payers_jobs(
    joblog: JobLog, start: Start, redis_url: str
) -> None:
    pace = Pace()
    thread = start(joblog, pace)
    submit_job(joblog, "a", model="tiny", spec=job_spec(tokens=TOKENS))
    waiter = write_in_background(joblog, thread)
    wait_until(lambda: len(thread.in_hand()) == 1, seconds=10, what="it is claimed")
    with redis.Redis.from_url(redis_url) as client:
        client.set(f"{QUEUE}:of:anonymous", "x")
    pace.allow(TOKENS)
    waiter.join(10)
    assert read(joblog, "a").status is JobStatus.SUCCEEDED


@pytest.mark.parametrize("key", MEASURES)
def test_stories_are_written_whatever_stands_in_the_place_of_what_is_measured(
    joblog: JobLog, start: Start, redis_url: str, key: str
) -> None:
    thread = start(joblog)
    with redis.Redis.from_url(redis_url) as client:
        client.set(key, "x")
    submit_job(joblog, "a", model="tiny", spec=job_spec(tokens=TOKENS))
    tasks.write_one(joblog, thread, "w")
    assert read(joblog, "a").status is JobStatus.SUCCEEDED


@pytest.mark.parametrize("of", ["stories", "tokens", "paces", "pace", ""])
def test_leases_are_renewed_whatever_stands_in_the_place_of_what_is_measured(
    joblog: JobLog, redis_url: str, of: str
) -> None:
    with redis.Redis.from_url(redis_url) as client:
        if of:
            client.hset(keys.statistics("tiny"), of, "x")
        else:
            client.set(keys.statistics("tiny"), "x")
    submit_job(joblog, "a", model="tiny", spec=job_spec(tokens=TOKENS))
    claim = joblog.run(commands.claim("tiny", "w", numeric_kind="k", lease_ms=50))
    assert claim is not None
    assert joblog.run(commands.heartbeat(INFO, [("a", claim.epoch)], pace=5.0)) == []


@pytest.mark.parametrize("count", [0, 1])
def test_story_whose_log_is_not_what_its_record_says_is_left_to_be_written_anew(
    joblog: JobLog, start: Start, redis_url: str, count: int
) -> None:
    """At its first claim: else workers would claim and lose it for ever."""
    thread = start(joblog)
    submit_job(joblog, "spoilt", model="tiny", spec=job_spec(tokens=TOKENS))
    event = "garbage" if count else TokenEvent(index=1, text="x", ids=[1]).model_dump_json()
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        client.xadd(keys.log("spoilt"), {"event": event, "checkpoint": ""}, id="1-0")
        client.hset(keys.job("spoilt"), "count", count)
        tasks.write_one(joblog, thread, "w")
        assert client.hget(keys.job("spoilt"), "status") == "damaged"
    assert joblog.run(commands.running_count()) == 0
    tasks.write_one(joblog, thread, "w")
    assert joblog.run(commands.read_job("spoilt")) is None


def test_janitor_outlives_what_somebody_puts_in_the_place_of_a_queue(
    joblog: JobLog, redis_url: str
) -> None:
    stop, permits = threading.Event(), Permits(make_celery(redis_url))
    janitor = Janitor(joblog, permits, WorkerMetrics(), model="tiny", slots=4, stop=stop)
    queue = keys.waiting("tiny", Priority.INTERACTIVE)
    with redis.Redis.from_url(redis_url) as client, capture_logs() as told:
        client.set(queue, "x")
        janitor.start()
        wait_until(lambda: any("exc_info" in each for each in told), seconds=10, what="it stumbles")
        client.delete(queue)
        submit_job(joblog, "a", model="tiny")
        joblog.run(commands.claim("tiny", "dead", numeric_kind="k", lease_ms=1))
        wait_until(
            lambda: read(joblog, "a").status is JobStatus.QUEUED, seconds=10, what="it tidies again"
        )
    stop.set()
    janitor.join(10)
    assert not janitor.is_alive()
