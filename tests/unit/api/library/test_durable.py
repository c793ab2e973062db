"""An accepted job is written to its end, whatever Redis forgets: same text, same cursors."""

import asyncio

import httpx2
from sqlalchemy import select, text

from services.api.db.database import Database
from services.api.db.models import AcceptedJob
from shared.joblog import Verdict, commands
from shared.jobs import JobView
from shared.schemas import JobStatus
from tests.processes import wait_until
from tests.unit.api.acting import MODEL, Actor, done, story
from tests.unit.api.library.test_archive import forget_everything, wait_for_archived
from tests.unit.api.library.writing import refusal
from tests.unit.api.serving import assert_whole, events_path, read_stream, reading

ROUND_SECONDS = 5.0
"""Within which the reconciler has looked at least once, on a busy machine too."""


def view(http: httpx2.Client, job: str) -> JobView:
    return JobView.model_validate_json(http.get(f"/v1/jobs/{job}").raise_for_status().content)


async def accepted(database_url: str) -> list[str]:
    database = Database(database_url)
    async with database.reading() as session:
        ids = list(await session.scalars(select(AcceptedJob.id).order_by("created_at")))
    await database.close()
    return ids


async def run_sql(database_url: str, statement: str) -> None:
    database = Database(database_url)
    async with database.writing() as session:
        await session.execute(text(statement))
    await database.close()


def submit(http: httpx2.Client, session: str) -> str:
    """Id of a job of one of the many readers that come without a name."""
    headers = {"Once-Session": session}
    answer = http.post("/v1/jobs", json={"story_seed": "A fox"}, headers=headers)
    job_id: str = answer.raise_for_status().json()["id"]
    return job_id


def is_waiting(actor: Actor, job: str) -> bool:
    found = actor.joblog.run(commands.read_status(job))
    return found is JobStatus.QUEUED


def wait_for_waiting(actor: Actor, job: str) -> None:
    wait_until(lambda: is_waiting(actor, job), seconds=ROUND_SECONDS, what=f"{job} waits again")


def test_story_goes_on_for_its_readers_when_redis_forgets_everything(
    api: str, http: httpx2.Client, job: str, actor: Actor, redis_url: str
) -> None:
    before = actor.claim()
    actor.write(5, checkpoint=True)
    with reading(api, job) as reader:
        reader.wait_for("token", 5)
        forget_everything(redis_url)
        lost = view(http, job)
        assert (lost.status, lost.text, lost.seed) == ("queued", "", before.spec.seed)
        actor.beat()
        again = actor.claim()
        assert (again.job_id, again.spec) == (job, before.spec)
        with http.stream("GET", events_path(job), headers={"Last-Event-ID": "3"}) as response:
            assert response.status_code == 200
            actor.write(8, checkpoint=True)
            actor.finish()
            rest = [event.id for event in httpx2.EventSource(response) if event.event == "token"]
        told = reader.finish()
    assert rest == ["4", "5", "6", "7", "8"]
    assert_whole(told, 8)
    ended = view(http, job)
    assert ended.text == story(8)
    assert abs(ended.created_at - lost.created_at) < 0.5


def test_owner_from_before_writes_nothing_more_and_shares_no_epoch(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str
) -> None:
    before = actor.claim()
    actor.write(2)
    forget_everything(redis_url)
    assert view(http, job).attempts == 0
    actor.beat()
    again = actor.claim()
    assert again.epoch != before.epoch
    assert (again.attempt, view(http, job).attempts) == (1, 1)
    ending = done(story(2), 2)
    stale = commands.finish(job, before.epoch, JobStatus.SUCCEEDED, ending, model=MODEL)
    assert actor.joblog.run(stale) is Verdict.STALE


def test_jobs_that_nobody_asks_for_are_given_back_to_redis_in_their_order(
    http: httpx2.Client, actor: Actor, redis_url: str
) -> None:
    seeds = [{"story_seed": f"A fox {number}"} for number in range(5)]
    ids = [http.post("/v1/jobs", json=seed).json()["id"] for seed in seeds]
    claims = [actor.claim().spec for _ in ids]
    forget_everything(redis_url)
    wait_for_waiting(actor, ids[-1])
    again = [actor.claim() for _ in ids]
    assert [claim.job_id for claim in again] == ids
    assert [claim.spec for claim in again] == claims
    assert "once_jobs_revived_total 5.0" in http.get("/metrics").text


def test_flood_of_one_reader_holds_up_nobody_else_after_redis_has_forgotten_everything(
    http: httpx2.Client, actor: Actor, redis_url: str
) -> None:
    sessions = ["one", "one", "one", "two"]
    ids = [submit(http, session) for session in sessions]
    forget_everything(redis_url)
    wait_for_waiting(actor, ids[-1])
    assert [actor.claim().job_id for _ in range(2)] == [ids[0], ids[-1]]


def test_ended_job_is_settled_and_never_written_again(
    api: str, http: httpx2.Client, job: str, actor: Actor, redis_url: str, database_url: str
) -> None:
    assert asyncio.run(accepted(database_url)) == [job]
    actor.claim()
    actor.write(3)
    actor.finish()
    wait_for_archived(database_url)
    assert asyncio.run(accepted(database_url)) == []
    other = http.post("/v1/jobs", json={"story_seed": "An owl"}).json()["id"]
    forget_everything(redis_url)
    wait_for_waiting(actor, other)
    assert not is_waiting(actor, job)
    assert view(http, job).text == story(3)


def test_ended_job_that_an_older_api_has_kept_is_not_written_again(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str, database_url: str
) -> None:
    actor.claim()
    actor.write(3)
    actor.finish()
    wait_for_archived(database_url)
    unsettled = (
        "INSERT INTO accepted_job (id, tenant, model, spec, traceparent, cancelled, created_at) "
        "SELECT id, tenant, model, '{}', '', (1 = 0), created_at FROM archived_job"
    )
    asyncio.run(run_sql(database_url, unsettled))
    forget_everything(redis_url)
    assert view(http, job).text == story(3)
    wait_until(
        lambda: asyncio.run(accepted(database_url)) == [], seconds=ROUND_SECONDS, what="struck off"
    )
    assert not is_waiting(actor, job)


def test_cancelled_job_stays_cancelled_whatever_redis_forgets(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str, database_url: str
) -> None:
    asyncio.run(run_sql(database_url, "UPDATE accepted_job SET cancelled = (1 = 1)"))
    forget_everything(redis_url)
    assert view(http, job).status == "cancelled"
    assert read_stream(http, events_path(job)).names() == ["cancelled"]
    wait_for_archived(database_url)


def test_cancelled_story_keeps_its_text_whatever_redis_forgets_at_once(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str
) -> None:
    actor.claim()
    actor.write(3)
    cancelled = JobView.model_validate_json(http.delete(f"/v1/jobs/{job}").content)
    forget_everything(redis_url)
    assert (cancelled.status, cancelled.text) == ("cancelled", story(3))
    assert view(http, job) == cancelled
    assert read_stream(http, events_path(job)).text() == story(3)


def test_cancelling_a_job_that_redis_has_lost_ends_it(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str
) -> None:
    forget_everything(redis_url)
    assert http.delete(f"/v1/jobs/{job}").json()["status"] == "cancelled"
    assert not is_waiting(actor, job)


def test_row_that_cannot_be_read_does_not_hold_up_the_others(
    http: httpx2.Client, actor: Actor, redis_url: str, database_url: str
) -> None:
    broken, sound = (
        http.post("/v1/jobs", json={"story_seed": seed}).json()["id"] for seed in ("a", "b")
    )
    damage = f"UPDATE accepted_job SET spec = '{{}}' WHERE id = '{broken}'"
    asyncio.run(run_sql(database_url, damage))
    forget_everything(redis_url)
    wait_for_waiting(actor, sound)
    assert asyncio.run(accepted(database_url)) == [broken, sound]


def test_jobs_of_others_stay_unknown_when_redis_forgets_them(
    http: httpx2.Client, job: str, redis_url: str
) -> None:
    forget_everything(redis_url)
    for path in (f"/v1/jobs/{job}", events_path(job)):
        answer = http.get(path, headers={"Authorization": "Bearer ben"})
        assert refusal(answer) == (404, "unknown_job")
