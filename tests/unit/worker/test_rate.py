"""How fast a worker writes, and how fast it would if all its slots were in use."""

import time

import pytest

from services.worker import tasks
from services.worker.rate import Rate
from shared.joblog import JobLog, commands
from tests.jobs import job_spec, submit_job
from tests.processes import wait_until
from tests.unit.worker.conftest import Start


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def steps(rate: Rate, clock: Clock, *written: int) -> None:
    """Four a second, of four slots."""
    for tokens in written:
        began = clock.seconds
        clock.seconds += 0.25
        rate.count(tokens, slots=4, began=began)


def test_rate_is_that_of_the_last_second() -> None:
    clock = Clock()
    rate = Rate(clock)
    steps(rate, clock, 1, 1, 1)
    assert rate.value == 0
    steps(rate, clock, 1)
    assert rate.value == 4
    steps(rate, clock, 4, 4, 0, 4)
    assert rate.value == 12


@pytest.mark.parametrize("idle", [0.1, 1.5, 60])
def test_time_without_work_is_none(idle: float) -> None:
    clock = Clock()
    rate = Rate(clock)
    for _ in range(10):
        clock.seconds += idle
        steps(rate, clock, 2, 2)
        rate.rest()
        assert rate.value == pytest.approx(8)


def test_time_between_steps_is_work_unless_there_was_a_rest() -> None:
    clock = Clock()
    rate = Rate(clock)
    steps(rate, clock, 2)
    clock.seconds += 0.25
    steps(rate, clock, 2)
    rate.rest()
    assert rate.value == pytest.approx(4 / 0.75)


def test_the_step_that_ends_a_story_is_not_taken_for_all_of_it() -> None:
    clock = Clock()
    rate = Rate(clock)
    steps(rate, clock, 1, 1, 1, 1, 0)
    rate.rest()
    assert rate.value == pytest.approx(4 / 1.25)


def test_after_a_long_rest_a_short_story_is_measured_by_itself() -> None:
    clock = Clock()
    rate = Rate(clock)
    steps(rate, clock, 4, 4, 4, 4)
    rate.rest()
    clock.seconds += 60
    steps(rate, clock, 1, 1)
    rate.rest()
    assert rate.value == 4


def test_waiting_for_redis_is_no_measurement() -> None:
    clock = Clock()
    rate = Rate(clock)
    steps(rate, clock, 4, 4, 4)
    clock.seconds += 60
    steps(rate, clock, 4)
    assert (rate.value, rate.take_full()) == (0, 0)
    steps(rate, clock, 4, 4, 4)
    assert (rate.value, rate.take_full()) == (16, 16)


def test_rate_with_all_slots_is_told_once_for_each_measurement() -> None:
    clock = Clock()
    rate = Rate(clock)
    steps(rate, clock, 4, 4, 0, 4)
    assert (rate.take_full(), rate.take_full()) == (12, 0)
    steps(rate, clock, 4, 4, 0, 2)
    assert (rate.value, rate.take_full()) == (10, 0)
    rate.rest()
    clock.seconds += 60
    steps(rate, clock, 4, 4, 4)
    assert (rate.value, rate.take_full()) == (10, 0), "it stood idle"
    rate.rest()
    clock.seconds += 1
    steps(rate, clock, 4)
    assert (rate.value, rate.take_full()) == (16, 16), "of the time in which it wrote"


def test_a_worker_knows_its_rate_after_one_short_story(joblog: JobLog, start: Start) -> None:
    thread = start(joblog)
    submit_job(joblog, "a", model="tiny", spec=job_spec(tokens=20))
    began = time.monotonic()
    tasks.write_one(joblog, thread, "w")
    seconds = time.monotonic() - began
    job = joblog.run(commands.read_job("a"))
    assert job is not None
    slowest = job.count / seconds
    wait_until(lambda: thread.rate.value >= slowest, seconds=10, what="the rate")
