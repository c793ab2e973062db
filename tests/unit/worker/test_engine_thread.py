"""The engine thread on a tiny real model and a real Redis: what it writes, loses and gives back."""

import threading
from pathlib import Path

import pytest

from services.worker import tasks
from services.worker.engine import Engine
from services.worker.engine_thread import EngineThread
from services.worker.heartbeat import Heartbeat
from services.worker.janitor import GAVE_UP, Janitor
from services.worker.publishing import Publisher
from services.worker.writing import Writing
from shared.broker import Permits, make_celery, permits_waiting
from shared.connections import connect
from shared.errors import ErrorCode, ModelLoadError
from shared.events import CancelledEvent, DoneEvent, ErrorEvent, TokenEvent
from shared.joblog import JobLog, commands
from shared.metrics import WorkerMetrics
from shared.schemas import JobStatus
from tests.jobs import job_spec, submit_job
from tests.processes import free_port, redis_process, wait_until
from tests.unit.worker.conftest import Start
from tests.unit.worker.pace import Pace
from tests.unit.worker.writing import read, text, undisturbed, write_in_background, written_so_far


def test_claimed_story_is_written_to_its_end(joblog: JobLog, start: Start) -> None:
    submit_job(joblog, "a", model="tiny")
    tasks.write_one(joblog, start(joblog), "w")
    job = read(joblog, "a")
    assert job.status is JobStatus.SUCCEEDED
    assert isinstance(job.ending, DoneEvent)
    assert job.ending.usage.completion_tokens == job.count > 0
    assert job.ending.usage.prompt_tokens == job.prompt_tokens > 0


def test_permit_without_a_waiting_job_is_no_harm(joblog: JobLog, start: Start) -> None:
    tasks.write_one(joblog, start(joblog), "w")
    assert joblog.run(commands.running_count()) == 0


def test_prompt_too_long_fails_with_its_code(joblog: JobLog, start: Start) -> None:
    submit_job(joblog, "a", model="tiny", spec=job_spec(story_seed="狐" * 100))
    tasks.write_one(joblog, start(joblog), "w")
    ending = read(joblog, "a").ending
    assert isinstance(ending, ErrorEvent)
    assert ending.code is ErrorCode.CONTEXT_EXCEEDED


def test_cancelled_story_leaves_the_engine(joblog: JobLog, start: Start) -> None:
    thread = start(joblog)
    submit_job(joblog, "a", model="tiny", spec=job_spec(tokens=100))
    waiter = write_in_background(joblog, thread)
    wait_until(lambda: read(joblog, "a").count > 0, seconds=10, what="first token")
    joblog.run(commands.cancel("a", CancelledEvent()))
    count = read(joblog, "a").count
    waiter.join(10)
    assert not waiter.is_alive()
    assert read(joblog, "a").count == count
    assert thread.in_hand() == []


def test_story_waits_for_a_redis_that_is_away(tmp_path: Path, start: Start) -> None:
    port = free_port()
    pace = Pace()
    with redis_process(tmp_path, port) as url:
        joblog = JobLog(connect(url))
        expected = undisturbed(joblog, start)
        thread = start(joblog, pace)
        waiter = written_so_far(joblog, thread, pace, "cut", tokens=5)
    pace.allow(200)
    with redis_process(tmp_path, port):
        waiter.join(20)
        assert not waiter.is_alive()
        assert text(joblog, "cut") == expected
        assert read(joblog, "cut").status is JobStatus.SUCCEEDED


def test_log_that_lost_its_end_is_written_again_with_the_same_text(
    joblog: JobLog, start: Start, redis_url: str
) -> None:
    expected = undisturbed(joblog, start)
    pace = Pace()
    thread = start(joblog, pace)
    waiter = written_so_far(joblog, thread, pace, "a", tokens=5)
    client = connect(redis_url)
    client.delete("job:{a}:log")
    client.hset("job:{a}", "count", 0)
    client.close()
    pace.allow(1)
    waiter.join(10)
    assert read(joblog, "a").status is JobStatus.QUEUED
    tasks.write_one(joblog, start(joblog), "w2")
    assert text(joblog, "a") == expected


def test_log_that_the_engine_cannot_read_ends_its_story_alone(joblog: JobLog, start: Start) -> None:
    """A worker of another vocabulary may have begun it."""
    submit_job(joblog, "strange", model="tiny")
    owner = joblog.run(commands.claim("tiny", "w", numeric_kind="k", lease_ms=60_000))
    assert owner is not None
    token = TokenEvent(index=1, text="x", ids=[999_999])
    joblog.run(commands.append("strange", owner.epoch, token, model="tiny"))
    joblog.run(commands.release("strange", owner.epoch))
    thread = start(joblog)
    tasks.write_one(joblog, thread, "w2")
    ending = read(joblog, "strange").ending
    assert isinstance(ending, ErrorEvent)
    assert ending.code is ErrorCode.GENERATION_FAILED
    submit_job(joblog, "sound", model="tiny")
    tasks.write_one(joblog, thread, "w2")
    assert read(joblog, "sound").status is JobStatus.SUCCEEDED


def test_failed_engine_leaves_its_stories_to_their_leases(
    joblog: JobLog, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine.load(str(tiny_model), dtype="float32", threads=1)
    # The edge: arithmetic gone wrong.
    monkeypatch.setattr(engine, "step_in_parts", lambda: 1 / 0)
    told = threading.Event()
    thread = EngineThread(lambda: engine, joblog, WorkerMetrics(), on_failure=told.set)
    thread.start()
    thread.wait_until_loaded()
    submit_job(joblog, "a", model="tiny")
    tasks.write_one(joblog, thread, "w")
    assert told.wait(5)
    assert isinstance(thread.failure, ZeroDivisionError)
    assert read(joblog, "a").status is JobStatus.RUNNING


def test_lease_is_renewed_while_the_prompt_is_prepared(
    joblog: JobLog, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, prepare = threading.Event(), Writing.prepare

    def slowly(self: Writing, engine: Engine) -> None:
        assert ready.wait(10)
        prepare(self, engine)

    monkeypatch.setattr(Writing, "prepare", slowly)
    thread = start(joblog)
    submit_job(joblog, "a", model="tiny", spec=job_spec(tokens=5))
    waiter = write_in_background(joblog, thread)
    wait_until(lambda: len(thread.in_hand()) == 1, seconds=10, what="it is in hand")
    ready.set()
    waiter.join(10)
    assert read(joblog, "a").status is JobStatus.SUCCEEDED


def test_heart_beats_on_where_life_cannot_be_shown(
    joblog: JobLog, start: Start, tmp_path: Path
) -> None:
    stop, path = threading.Event(), tmp_path / "gone" / "alive"
    thread = start(joblog)
    publisher = Publisher(joblog, thread.engine)
    beat = Heartbeat(joblog, thread, publisher=publisher, worker_id="w", stop=stop, alive_path=path)
    beat.start()
    try:
        wait_until(lambda: bool(joblog.run(commands.workers())), seconds=10, what="it has beaten")
        path.parent.mkdir()
        wait_until(path.exists, seconds=10, what="it shows that it lives")
    finally:
        stop.set()
        beat.join(10)


def test_model_that_cannot_be_loaded_is_told_to_who_waits(joblog: JobLog) -> None:
    thread = EngineThread(
        lambda: Engine.load("/nowhere"), joblog, WorkerMetrics(), on_failure=threading.Event().set
    )
    thread.start()
    with pytest.raises(ModelLoadError, match="nowhere"):
        thread.wait_until_loaded()


def test_heartbeat_registers_the_worker_and_drops_what_it_lost(
    joblog: JobLog, start: Start
) -> None:
    pace = Pace()
    thread = start(joblog, pace)
    beat = Heartbeat(
        joblog,
        thread,
        publisher=Publisher(joblog, thread.engine),
        worker_id="w",
        stop=threading.Event(),
    )
    waiter = written_so_far(joblog, thread, pace, "a", tokens=5)
    joblog.run(commands.cancel("a", CancelledEvent()))
    beat.beat()
    waiter.join(10)
    assert thread.in_hand() == []
    assert [(info.id, info.slots) for info in joblog.run(commands.workers())] == [("w", 4)]


def test_janitor_requeues_a_dead_workers_job_and_sends_the_missing_permit(
    joblog: JobLog, redis_url: str
) -> None:
    submit_job(joblog, "a", model="tiny")
    joblog.run(commands.claim("tiny", "dead", numeric_kind="k", lease_ms=1))
    wait_until(lambda: bool(joblog.run(commands.reap(GAVE_UP))), seconds=5, what="reaped")
    permits = Permits(make_celery(redis_url))
    janitor = Janitor(
        joblog, permits, WorkerMetrics(), model="tiny", slots=4, stop=threading.Event()
    )
    janitor.tidy()
    janitor.tidy()
    assert joblog.run(permits_waiting("tiny")) == 1
