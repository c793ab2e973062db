"""A story that somebody spoils in Redis while it is written: the others of its batch go on."""

import pytest
import redis

from shared.joblog import JobLog, commands, keys
from shared.schemas import JobStatus
from tests.jobs import job_spec, submit_job
from tests.processes import wait_until
from tests.unit.worker.conftest import Start
from tests.unit.worker.pace import Pace
from tests.unit.worker.test_engine_thread import read, write_in_background

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
