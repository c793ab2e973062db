"""Tokens that are held back for a moment, to be told together: none late, none lost."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from services.worker import tasks
from services.worker.engine import Engine, StepOutput
from services.worker.engine_thread import EngineThread
from shared.connections import connect
from shared.events import CancelledEvent, DoneEvent, Event, parse_message
from shared.joblog import JobLog, LogEntry, commands
from shared.schemas import FinishReason, JobStatus
from tests.jobs import job_spec, submit_job
from tests.processes import wait_until
from tests.unit.worker.conftest import Start
from tests.unit.worker.pace import Pace
from tests.unit.worker.writing import read

LONG = 3_600.0
TOKENS = 70


def ask(joblog: JobLog, job_id: str, *, deadline: float | None = None) -> None:
    spec = job_spec(tokens=TOKENS)
    request = spec.request.model_copy(update={"deadline_seconds": deadline})
    submit_job(joblog, job_id, model="tiny", spec=spec.model_copy(update={"request": request}))


def told_at_once(joblog: JobLog, start: Start) -> list[LogEntry]:
    ask(joblog, "at-once")
    tasks.write_one(joblog, start(joblog), "w")
    return joblog.run(commands.read_log("at-once"))


def drawn(
    joblog: JobLog, thread: EngineThread, pace: Pace, *, steps: int, before: int = 0
) -> threading.Thread:
    """The story `a`, of which so many tokens are drawn, and were before."""
    waiter = threading.Thread(target=tasks.write_one, args=(joblog, thread, "w"))
    waiter.start()
    pace.allow(steps)
    wait_until(lambda: tokens_drawn(thread) == before + steps, seconds=10, what="tokens drawn")
    return waiter


def tokens_drawn(thread: EngineThread) -> int:
    return sum(thread.engine.drawn(story.key) for story in thread.in_hand())


def messages(redis_url: str, job_id: str, act: Callable[[], None]) -> list[list[Event]]:
    """The events of each message that is published meanwhile."""
    client = connect(redis_url)
    found: list[list[Event]] = []
    with client.pubsub() as channel:  # type: ignore[no-untyped-call]
        channel.subscribe(f"job:{{{job_id}}}")
        assert channel.get_message(timeout=5)
        act()
        while message := channel.get_message(timeout=0.2):
            found.append(parse_message(message["data"]))
    client.close()
    return found


def test_first_token_is_told_at_once_and_the_rest_with_the_ending(
    joblog: JobLog, start: Start, redis_url: str
) -> None:
    expected = told_at_once(joblog, start)
    thread = start(joblog, stream_interval=LONG)
    ask(joblog, "warm")
    tasks.write_one(joblog, thread, "w")  # Whatever was held back before is told with the first.
    ask(joblog, "a")
    heard = messages(redis_url, "a", lambda: tasks.write_one(joblog, thread, "w"))
    kinds = [{event.type for event in message} for message in heard]
    assert kinds == [{"started"}, {"token"}, {"token", "checkpoint"}, {"done"}]
    assert [len(message) for message in heard[1:3]] == [1, TOKENS - 1 + 3]
    assert joblog.run(commands.read_log("a")) == expected
    ending, plain = read(joblog, "a").ending, read(joblog, "at-once").ending
    assert isinstance(ending, DoneEvent)
    assert isinstance(plain, DoneEvent)
    assert ending.receipt == plain.receipt


def test_tokens_are_told_when_the_interval_is_over(joblog: JobLog, start: Start) -> None:
    pace = Pace()
    thread = start(joblog, pace, stream_interval=0.3)
    ask(joblog, "a")
    waiter = drawn(joblog, thread, pace, steps=5)
    wait_until(lambda: read(joblog, "a").count == 5, seconds=5, what="told without another step")
    thread.drain()
    waiter.join(10)


def test_of_long_steps_each_tells_its_own_tokens(
    joblog: JobLog, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, third, steps = Engine.step_in_parts, threading.Event(), itertools.count(1)
    interval = 0.02

    def rested(engine: Engine) -> Iterator[list[StepOutput]]:
        time.sleep(2 * interval)  # the step's own length, which is what is tested
        if next(steps) == 3:
            third.wait(30)
        yield from step(engine)

    monkeypatch.setattr(Engine, "step_in_parts", rested)
    ask(joblog, "a")
    thread = start(joblog, stream_interval=interval)
    waiter = threading.Thread(target=tasks.write_one, args=(joblog, thread, "w"))
    waiter.start()
    wait_until(lambda: read(joblog, "a").count == 2, seconds=10, what="told before the third step")
    third.set()
    waiter.join(30)
    assert read(joblog, "a").count == TOKENS


def test_drained_worker_tells_what_it_held_back(joblog: JobLog, start: Start) -> None:
    expected = told_at_once(joblog, start)
    pace = Pace()
    first = start(joblog, pace, stream_interval=LONG)
    ask(joblog, "a")
    waiter = drawn(joblog, first, pace, steps=7)
    first.drain()
    waiter.join(10)
    assert (read(joblog, "a").status, read(joblog, "a").count) == (JobStatus.QUEUED, 7)
    pace = Pace()
    waiter = drawn(joblog, start(joblog, pace, stream_interval=LONG), pace, steps=1, before=7)
    assert read(joblog, "a").count == 8, "the first token of the second worker"
    pace.allow(TOKENS)
    waiter.join(10)
    assert joblog.run(commands.read_log("a")) == expected


def test_story_at_its_deadline_ends_with_what_was_held_back(joblog: JobLog, start: Start) -> None:
    expected = told_at_once(joblog, start)
    pace = Pace()
    thread = start(joblog, pace, stream_interval=LONG)
    ask(joblog, "a", deadline=3)
    waiter = drawn(joblog, thread, pace, steps=5)
    waiter.join(10)
    ending = read(joblog, "a").ending
    assert isinstance(ending, DoneEvent)
    assert (ending.finish_reason, ending.usage.completion_tokens) == (FinishReason.DEADLINE, 5)
    found = joblog.run(commands.read_log("a"))
    assert [entry.token for entry in found] == [entry.token for entry in expected[:5]]


def test_nothing_is_told_of_a_story_that_was_cancelled_meanwhile(
    joblog: JobLog, start: Start
) -> None:
    pace = Pace()
    thread = start(joblog, pace, stream_interval=LONG)
    ask(joblog, "a")
    waiter = drawn(joblog, thread, pace, steps=5)
    joblog.run(commands.cancel("a", CancelledEvent()))
    pace.allow(TOKENS)
    waiter.join(10)
    assert (read(joblog, "a").status, read(joblog, "a").count) == (JobStatus.CANCELLED, 1)
    assert thread.in_hand() == []
