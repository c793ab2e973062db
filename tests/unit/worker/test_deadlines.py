"""A story that runs out of time ends with what it has; one that Redis forgot is dropped."""

import contextlib
import threading
from typing import Any

import pytest

from services.worker import tasks
from services.worker.engine_thread import EngineThread
from services.worker.janitor import Janitor
from shared.broker import Permits, make_celery
from shared.connections import connect
from shared.events import DoneEvent, ErrorEvent
from shared.fitting import fitted_prompt
from shared.joblog import Command, JobLog, commands, keys
from shared.jobspec import JobSpec
from shared.metrics import WorkerMetrics
from shared.schemas import FinishReason, JobStatus, Priority
from tests.jobs import job_spec, submit_job
from tests.processes import wait_until
from tests.unit.worker.conftest import Start
from tests.unit.worker.pace import Pace
from tests.unit.worker.writing import read, text, write_in_background, written_so_far


def spec(*, deadline: float | None = None) -> JobSpec:
    made = job_spec(tokens=100)
    request = made.request.model_copy(update={"deadline_seconds": deadline})
    return made.model_copy(update={"request": request})


def begun(joblog: JobLog, thread: EngineThread, pace: Pace, made: JobSpec) -> threading.Thread:
    """A story of which five tokens are written."""
    submit_job(joblog, "a", model="tiny", spec=made)
    waiter = write_in_background(joblog, thread)
    pace.allow(5)
    wait_until(lambda: read(joblog, "a").count == 5, seconds=10, what="first tokens")
    return waiter


def whole(joblog: JobLog, thread: EngineThread) -> str:
    submit_job(joblog, "whole", model="tiny", spec=spec())
    tasks.write_one(joblog, thread, "w")
    return text(joblog, "whole")


def test_running_story_ends_at_its_deadline_with_what_it_has(joblog: JobLog, start: Start) -> None:
    expected = whole(joblog, start(joblog))
    pace = Pace()
    thread = start(joblog, pace)
    waiter = begun(joblog, thread, pace, spec(deadline=3))
    assert read(joblog, "a").status is JobStatus.RUNNING
    waiter.join(10)
    job = read(joblog, "a")
    assert (job.status, job.count) == (JobStatus.SUCCEEDED, 5)
    assert isinstance(job.ending, DoneEvent)
    assert job.ending.finish_reason is FinishReason.DEADLINE
    assert job.ending.usage.completion_tokens == 5
    assert expected.startswith(text(joblog, "a"))
    assert thread.in_hand() == []


def test_story_that_was_begun_and_given_back_is_ended_by_its_next_worker(
    joblog: JobLog, start: Start
) -> None:
    pace = Pace()
    first = start(joblog, pace)
    waiter = begun(joblog, first, pace, spec(deadline=3))
    first.drain()
    waiter.join(10)
    wait_until(lambda: is_past(joblog), seconds=5, what="its time is up")
    tasks.write_one(joblog, start(joblog), "w2")
    ending = read(joblog, "a").ending
    assert isinstance(ending, DoneEvent)
    assert (ending.finish_reason, ending.usage.completion_tokens) == (FinishReason.DEADLINE, 5)


def test_story_whose_prompt_is_still_prepared_ends_once_it_is_known_how_long_that_is(
    joblog: JobLog, start: Start, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paces = Pace(), Pace()
    first, second = (start(joblog, pace) for pace in paces)
    waiter = begun(joblog, first, paces[0], spec(deadline=60))
    other = written_so_far(joblog, second, paces[1], "other", tokens=1)
    first.drain()
    waiter.join(10)
    with contextlib.closing(connect(redis_url)) as client:
        client.hset(keys.job("a"), "deadline_at", 1)
    known = threading.Event()

    def prompt_in_a_while(*words: Any, **named: Any) -> str:
        known.wait(10)
        return fitted_prompt(*words, **named)

    monkeypatch.setattr("services.worker.writing.fitted_prompt", prompt_in_a_while)
    again = write_in_background(joblog, second)
    wait_until(lambda: len(second.in_hand()) == 2, seconds=5, what="both are in hand")
    paces[1].allow(2)
    wait_until(lambda: read(joblog, "other").count == 3, seconds=10, what="the other goes on")
    assert read(joblog, "a").status is JobStatus.RUNNING
    known.set()
    again.join(10)
    job = read(joblog, "a")
    assert isinstance(job.ending, DoneEvent)
    usage = job.ending.usage
    assert (usage.prompt_tokens, usage.completion_tokens) == (job.prompt_tokens, 5)
    assert job.prompt_tokens > 0
    second.drain()
    other.join(10)


def test_worker_leaves_word_how_a_story_with_a_deadline_is_to_end_without_it(
    joblog: JobLog, start: Start
) -> None:
    pace = Pace()
    thread = start(joblog, pace)
    waiter = begun(joblog, thread, pace, spec(deadline=3))
    left = read(joblog, "a").late_ending
    assert left is not None
    waiter.join(10)
    told = read(joblog, "a").ending
    assert isinstance(told, DoneEvent)
    assert left.finish_reason is told.finish_reason is FinishReason.DEADLINE
    from_the_log = {"text_sha256": "", "tokens_sha256": ""}
    assert left.receipt.model_copy(update=from_the_log) == told.receipt.model_copy(
        update=from_the_log
    )


def is_past(joblog: JobLog) -> bool:
    """Its deadline, by Redis' own clock: whoever claims it now finds no time left."""
    seconds, micros = joblog.run(Command(("TIME",), list))
    deadline = joblog.run(Command(("HGET", "job:{a}", "deadline_at"), float))
    return float(seconds) + float(micros) / 1e6 >= deadline


def test_janitor_ends_what_is_too_late_to_begin(joblog: JobLog, redis_url: str) -> None:
    submit_job(joblog, "late", model="tiny", spec=spec(deadline=0.001))
    submit_job(joblog, "patient", model="tiny", spec=spec(deadline=60))
    permits = Permits(make_celery(redis_url))
    janitor = Janitor(
        joblog, permits, WorkerMetrics(), model="tiny", slots=4, stop=threading.Event()
    )

    def tidied() -> bool:
        janitor.tidy()
        return read(joblog, "late").status is JobStatus.EXPIRED

    wait_until(tidied, seconds=5, what="expired")
    assert isinstance(read(joblog, "late").ending, ErrorEvent)
    waiting = commands.waiting_count("tiny", Priority.INTERACTIVE)
    assert joblog.run(waiting) == 1


def test_story_that_redis_forgot_is_dropped_and_written_again_under_the_same_worker(
    joblog: JobLog, start: Start, redis_url: str
) -> None:
    expected = whole(joblog, start(joblog))
    pace = Pace()
    thread = start(joblog, pace)
    dropped = begun(joblog, thread, pace, spec())
    client = connect(redis_url)
    client.flushall()
    client.close()
    joblog.run(
        commands.submit(
            "a",
            spec(),
            model="tiny",
            priority=Priority.INTERACTIVE,
            tenant="anonymous",
            lost_age_seconds=5.0,
        )
    )
    again = threading.Thread(target=tasks.write_one, args=(joblog, thread, "w"))
    again.start()
    wait_until(lambda: len(thread.in_hand()) == 2, seconds=5, what="both are in hand")
    pace.allow(200)
    for waiter in (dropped, again):
        waiter.join(20)
        assert not waiter.is_alive()
    job = read(joblog, "a")
    assert (job.status, job.attempts) == (JobStatus.SUCCEEDED, 1)
    assert text(joblog, "a") == expected
