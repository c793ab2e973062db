"""A worker that leaves gives back every story, whatever it is at."""

import threading
from collections.abc import Sequence
from typing import TypeVar

from services.worker import tasks
from shared.connections import connect
from shared.joblog import Command, JobLog
from shared.schemas import JobStatus
from tests.jobs import submit_job
from tests.processes import wait_until
from tests.unit.worker.conftest import Start
from tests.unit.worker.pace import Pace
from tests.unit.worker.writing import (
    read,
    text,
    undisturbed,
    write_in_background,
    written_so_far,
)

T = TypeVar("T")


def test_drained_story_goes_on_elsewhere_with_the_same_text(joblog: JobLog, start: Start) -> None:
    expected = undisturbed(joblog, start)
    pace = Pace()
    first = start(joblog, pace)
    waiter = written_so_far(joblog, first, pace, "parted", tokens=7)
    first.drain()
    waiter.join(10)
    assert read(joblog, "parted").status is JobStatus.QUEUED
    assert read(joblog, "parted").count == 7
    tasks.write_one(joblog, start(joblog), "w2")
    assert text(joblog, "parted") == expected
    assert read(joblog, "parted").epoch == 2


def test_story_that_is_claimed_while_the_engine_leaves_is_given_back_at_once(
    redis_url: str, start: Start
) -> None:
    class LateLog(JobLog):
        """Its answers come when the engine has left."""

        def run(self, command: Command[T]) -> T:
            answer = super().run(command)
            thread.drain()
            thread.join(10)
            return answer

    client = connect(redis_url)
    joblog, late = JobLog(client), LateLog(client)
    thread = start(joblog)
    submit_job(joblog, "a", model="tiny")
    tasks.write_one(late, thread, "w")
    assert read(joblog, "a").status is JobStatus.QUEUED
    assert read(joblog, "a").epoch == 1, "it was never claimed"
    client.close()


def test_story_that_is_handed_over_while_others_are_given_back_is_given_back_too(
    redis_url: str, start: Start
) -> None:
    claimed, giving_back = threading.Event(), threading.Event()

    class LateLog(JobLog):
        """Its claim is answered while the engine gives back what it has."""

        def run(self, command: Command[T]) -> T:
            answer = super().run(command)
            claimed.set()
            giving_back.wait(10)
            return answer

    class SlowLog(JobLog):
        def run_all(self, batch: Sequence[Command[T]]) -> list[T]:
            answers = super().run_all(batch)
            if thread.draining:
                giving_back.set()
                wait_until(lambda: len(thread.in_hand()) == 2, seconds=10, what="both are in hand")
            return answers

    client = connect(redis_url)
    joblog, pace = JobLog(client), Pace()
    thread = start(SlowLog(client), pace)
    waiter = written_so_far(joblog, thread, pace, "a", tokens=3)
    submit_job(joblog, "late", model="tiny")
    late = write_in_background(LateLog(client), thread)
    assert claimed.wait(10)
    thread.drain()
    for each in (waiter, late):
        each.join(10)
    assert [read(joblog, id).status for id in ("a", "late")] == [JobStatus.QUEUED] * 2
    client.close()
