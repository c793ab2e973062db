"""A story that is not begun in time expires: told to its readers, and kept."""

import asyncio
import hashlib
import struct

import httpx2
import pytest

from shared.events import DoneEvent
from shared.joblog import deadlines
from shared.schemas import FinishReason
from tests.processes import wait_until
from tests.unit.api.acting import LEASE_MS, Actor, done, story, token
from tests.unit.api.library.test_archive import forget_everything, wait_for_archived
from tests.unit.api.library.test_durable import accepted
from tests.unit.api.serving import assert_whole, events_path, read_stream, reading

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


def overdue_story(http: httpx2.Client, actor: Actor, *, lease_ms: int) -> str:
    """A story of three tokens whose worker is lost, or has given it back."""
    job = create(http, deadline=4.0)
    claim = actor.claim(lease_ms=lease_ms)
    foreseen = deadlines.foresee(job, claim.epoch, late_ending())
    assert actor.joblog.run(foreseen)
    actor.write(3)
    return job


def late_ending() -> DoneEvent:
    ending = done("", 0)
    return ending.model_copy(update={"finish_reason": FinishReason.DEADLINE})


@pytest.mark.parametrize("worker", ["lost", "gone"])
def test_begun_story_that_no_worker_ends_is_ended_as_its_worker_would_have(
    api: str, http: httpx2.Client, actor: Actor, database_url: str, worker: str
) -> None:
    job = overdue_story(http, actor, lease_ms=1 if worker == "lost" else LEASE_MS)
    if worker == "gone":
        actor.release()
    with reading(api, job) as reader:
        told = reader.finish()
    assert_whole(told, 3)
    (ending,) = told.of("done")
    assert (ending["finish_reason"], ending["usage"]["completion_tokens"]) == ("deadline", 3)
    assert ending["receipt"]["text_sha256"] == hashlib.sha256(story(3).encode()).hexdigest()
    ids = struct.pack("<3I", *(each for index in (1, 2, 3) for each in token(index).ids))
    assert ending["receipt"]["tokens_sha256"] == hashlib.sha256(ids).hexdigest()
    ended = http.get(f"/v1/jobs/{job}").json()
    assert (ended["status"], ended["text"]) == ("succeeded", story(3))
    (kept,) = wait_for_archived(database_url)
    assert (kept.id, kept.status, kept.finish_reason) == (job, "succeeded", "deadline")


def test_story_whose_worker_is_lost_before_it_took_it_in_hand_expires(
    http: httpx2.Client, actor: Actor
) -> None:
    job = create(http, deadline=4.0)
    actor.claim(lease_ms=1)
    told = read_stream(http, events_path(job))
    assert told.of("error") == [LATE]
    assert http.get(f"/v1/jobs/{job}").json()["status"] == "expired"
