"""Which jobs are let in, against a real Redis: no two take the last place."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
import redis

from shared.events import DoneEvent
from shared.joblog import JobLog, admissions, commands, keys
from shared.joblog.admissions import Bounds, Limit, Refusal
from shared.schemas import JobStatus, Priority
from tests.processes import wait_until
from tests.unit.api.acting import done
from tests.unit.shared.joblog_acts import MODEL, cancel, claim, submit

TWO_JOBS = Bounds(jobs=2)
DONE: DoneEvent = done("", 0)


def admit(joblog: JobLog, job_id: str, bounds: Bounds, caller: str = "anna") -> Refusal | None:
    return joblog.run(admissions.admit(job_id, bounds, caller=caller, model=MODEL))


def enter(joblog: JobLog, job_id: str, bounds: Bounds, caller: str = "anna") -> Refusal | None:
    """Let in and submitted, as a job is."""
    refusal = admit(joblog, job_id, bounds, caller)
    if refusal is None:
        submit(joblog, job_id)
    return refusal


def test_place_of_a_job_is_free_again_once_it_has_ended(joblog: JobLog) -> None:
    assert [enter(joblog, each, TWO_JOBS) for each in "ab"] == [None, None]
    assert enter(joblog, "c", TWO_JOBS) == Refusal(Limit.JOBS, 2)
    owner = claim(joblog)
    assert enter(joblog, "c", TWO_JOBS) == Refusal(Limit.JOBS, 2), "one that is written counts"
    joblog.run(commands.finish("a", owner.epoch, JobStatus.SUCCEEDED, DONE, model=MODEL))
    assert enter(joblog, "c", TWO_JOBS) is None
    cancel(joblog, "b")
    assert enter(joblog, "d", TWO_JOBS) is None
    assert enter(joblog, "e", TWO_JOBS) == Refusal(Limit.JOBS, 2)


def test_callers_do_not_take_each_others_places(joblog: JobLog) -> None:
    for caller in ("anna", "ben"):
        assert enter(joblog, caller, Bounds(requests=1, jobs=1), caller) is None
    assert enter(joblog, "more", Bounds(jobs=1), "ben") == Refusal(Limit.JOBS, 1)


def test_request_counts_for_a_window_and_the_refusal_tells_how_long(
    joblog: JobLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admissions, "WINDOW_MS", 400)
    bounds = Bounds(requests=2)
    assert [enter(joblog, each, bounds) for each in "ab"] == [None, None]
    refusal = enter(joblog, "c", bounds)
    assert refusal is not None
    assert refusal.limit is Limit.REQUESTS
    assert 0 < refusal.number <= 400
    wait_until(lambda: enter(joblog, "d", bounds) is None, seconds=2, what="a place in the window")


def test_who_is_refused_is_not_counted(joblog: JobLog) -> None:
    bounds = Bounds(requests=2, jobs=1)
    assert enter(joblog, "a", bounds) is None
    for each in "bcd":
        assert enter(joblog, each, bounds) == Refusal(Limit.JOBS, 1)
    cancel(joblog, "a")
    assert enter(joblog, "e", bounds) is None


def test_lowered_limit_waits_until_enough_have_left_the_window(joblog: JobLog) -> None:
    for each in "abc":
        assert enter(joblog, each, Bounds(requests=3)) is None
    refused = [admit(joblog, "d", Bounds(requests=most)) for most in (3, 1)]
    sooner, later = (each.number for each in refused if each is not None)
    assert sooner <= later


def test_queue_takes_so_many_of_all_callers_and_priorities(joblog: JobLog) -> None:
    bounds = Bounds(waiting=2)
    assert admit(joblog, "a", bounds, "anna") is None
    submit(joblog, "a", Priority.BATCH)
    assert enter(joblog, "b", bounds, "ben") is None
    assert enter(joblog, "c", bounds, "carl") == Refusal(Limit.QUEUE, 2)
    claim(joblog)
    assert enter(joblog, "c", bounds, "carl") is None, "one that is written waits no more"


def test_job_on_its_way_holds_its_place_once(joblog: JobLog) -> None:
    bounds = Bounds(jobs=2, waiting=2)
    assert admit(joblog, "a", bounds) is None
    assert admit(joblog, "a", bounds) is None, "sent again, as the first answer was lost"
    assert admit(joblog, "b", bounds, "ben") is None
    assert admit(joblog, "c", bounds, "carl") == Refusal(Limit.QUEUE, 2)
    submit(joblog, "a")
    assert admit(joblog, "c", bounds, "carl") == Refusal(Limit.QUEUE, 2)


def test_job_that_never_came_holds_its_place_no_longer_than_its_api_may_need(
    joblog: JobLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admissions, "ENTERING_MS", 100)
    bounds = Bounds(jobs=1, waiting=1)
    assert admit(joblog, "a", bounds) is None
    assert admit(joblog, "b", bounds) is not None
    wait_until(lambda: admit(joblog, "b", bounds) is None, seconds=2, what="the place is free")


def test_those_on_their_way_are_forgotten_also_where_any_number_may_wait(
    joblog: JobLog, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admissions, "ENTERING_MS", 100)
    bounds, numbers = Bounds(jobs=10_000), count()
    assert enter(joblog, "a", bounds) is None
    with redis.Redis.from_url(redis_url) as client:

        def is_forgotten() -> bool:
            assert enter(joblog, f"job{next(numbers)}", bounds) is None, "they come all the time"
            return client.zscore(keys.entering(MODEL), "a") is None

        wait_until(is_forgotten, seconds=5, what="it is no longer on its way")


@pytest.mark.parametrize("bounds", [Bounds(requests=5), Bounds(jobs=5), Bounds(waiting=5)])
def test_last_place_is_taken_once(joblog: JobLog, bounds: Bounds) -> None:
    with ThreadPoolExecutor(8) as threads:
        refusals = threads.map(lambda n: enter(joblog, f"job{n}", bounds), range(40))
        assert list(refusals).count(None) == 5


def test_damaged_record_takes_no_place(joblog: JobLog, redis_url: str) -> None:
    for each in "ab":
        assert enter(joblog, each, TWO_JOBS) is None
    with redis.Redis.from_url(redis_url) as client:
        client.delete(keys.job("a"))
        client.set(keys.job("a"), "x")
    assert enter(joblog, "c", TWO_JOBS) is None
    assert enter(joblog, "d", TWO_JOBS) == Refusal(Limit.JOBS, 2)
