"""A story that is not begun in time expires: told to its readers, and kept."""

import asyncio

import httpx2
import pytest

from tests.processes import wait_until
from tests.unit.api.acting import Actor, story
from tests.unit.api.library.test_archive import forget_everything, wait_for_archived
from tests.unit.api.library.test_durable import accepted
from tests.unit.api.serving import events_path, read_stream, reading

LATE = {"code": "expired", "detail": "The story had not begun when its deadline passed."}


def create(http: httpx2.Client, *, deadline: float) -> str:
    body = {"story_seed": "A fox", "deadline_seconds": deadline}
    answer = http.post("/v1/jobs", json=body)
    assert answer.status_code == 202, answer.text
    assert answer.json()["request"]["deadline_seconds"] == deadline
    job: str = answer.json()["id"]
    return job


def test_job_that_nobody_begins_expires_without_a_worker(
    api: str, http: httpx2.Client, actor: Actor, redis_url: str, database_url: str
) -> None:
    job = create(http, deadline=1.0)
    with reading(api, job) as reader:
        told = reader.finish()
    assert set(told.names()) <= {"queued", "error"}
    assert told.of("error") == [LATE]
    ended = http.get(f"/v1/jobs/{job}").json()
    assert (ended["status"], ended["error"], ended["text"]) == ("expired", LATE, "")
    assert ended["finish_reason"] == "deadline"
    assert http.delete(f"/v1/jobs/{job}").json() == ended
    (kept,) = wait_for_archived(database_url)
    assert (kept.id, kept.status) == (job, "expired")
    assert asyncio.run(accepted(database_url)) == []
    forget_everything(redis_url)
    assert http.get(f"/v1/jobs/{job}").json() == ended
    http.cookies.clear()
    assert read_stream(http, events_path(job)).of("error") == [LATE]


@pytest.mark.parametrize("lost_again", [True, False])
def test_deadline_is_counted_from_acceptance_though_redis_forgets(
    http: httpx2.Client, actor: Actor, redis_url: str, lost_again: bool
) -> None:
    """And a reader who has more than was written again is told the end all the same."""
    job = create(http, deadline=4.0)
    actor.claim()
    actor.write(3)
    forget_everything(redis_url)
    if lost_again:
        assert http.get(f"/v1/jobs/{job}").json()["text"] == ""
        actor.beat()
        actor.claim()
        actor.write(1)
        forget_everything(redis_url)
    wait_until(
        lambda: http.get(f"/v1/jobs/{job}").json()["status"] == "expired",
        seconds=15,
        what="expired",
    )
    assert read_stream(http, events_path(job), last_id="3").of("error") == [LATE]


def test_job_that_is_begun_in_time_is_its_workers_to_end(http: httpx2.Client, actor: Actor) -> None:
    job = create(http, deadline=5.0)
    actor.claim()
    late = create(http, deadline=0.01)
    wait_until(
        lambda: http.get(f"/v1/jobs/{late}").json()["status"] == "expired", seconds=10, what="late"
    )
    actor.write(2)
    actor.finish()
    assert http.get(f"/v1/jobs/{job}").json()["text"] == story(2)
