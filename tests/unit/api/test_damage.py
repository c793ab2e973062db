"""Jobs that somebody spoilt in Redis by hand: they are written anew, the service goes on."""

from functools import partial

import httpx2
import pytest
import redis

from shared.joblog import commands, keys
from tests.processes import wait_until
from tests.unit.api.acting import Actor
from tests.unit.api.serving import assert_whole, events_path, read_stream


def accepted(http: httpx2.Client) -> str:
    job_id: str = (
        http.post("/v1/jobs", json={"story_seed": "A hare"}).raise_for_status().json()["id"]
    )
    return job_id


def neighbour(http: httpx2.Client, actor: Actor) -> str:
    job_id = accepted(http)
    actor.claim()
    actor.write(3)
    actor.finish()
    return job_id


def assert_the_service_goes_on(http: httpx2.Client, actor: Actor) -> None:
    job_id = neighbour(http, actor)
    assert_whole(read_stream(http, events_path(job_id)), 3)
    listed = http.get("/v1/jobs")
    assert listed.status_code == 200
    assert next(each["id"] for each in listed.json()["jobs"]) == job_id
    for path in ("/v1/queue", "/readyz", "/metrics"):
        assert http.get(path).status_code == 200


def assert_written_anew(http: httpx2.Client, actor: Actor, job: str) -> None:
    lost = http.get(f"/v1/jobs/{job}").raise_for_status().json()
    assert (lost["status"], lost["text"]) == ("queued", "")
    assert actor.claim().job_id == job
    actor.write(4)
    actor.finish()
    assert_whole(read_stream(http, events_path(job)), 4)
    assert http.get(f"/v1/jobs/{job}").json()["seed"] == lost["seed"]


@pytest.mark.parametrize("field", ["tenant", "status", "spec", "sequence", "created_at"])
def test_job_without_a_field_is_written_anew(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str, field: str
) -> None:
    actor.claim()
    actor.write(2)
    with redis.Redis.from_url(redis_url) as client:
        client.hdel(keys.job(job), field)
    assert_written_anew(http, actor, job)
    assert_the_service_goes_on(http, actor)


def test_job_that_is_no_record_is_written_anew(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str
) -> None:
    actor.claim()
    with redis.Redis.from_url(redis_url) as client:
        client.delete(keys.job(job))
        client.set(keys.job(job), "x")
    assert_written_anew(http, actor, job)
    assert_the_service_goes_on(http, actor)


def test_job_that_nobody_asks_for_waits_again_when_its_status_is_spoilt(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str
) -> None:
    actor.claim()
    with redis.Redis.from_url(redis_url) as client:
        client.hset(keys.job(job), "status", "banana")
    wait_until(lambda: actor.claim_if_any() is not None, seconds=10, what="it waits again")
    assert http.get(f"/v1/jobs/{job}").json()["status"] == "running"
    actor.finish()
    assert_the_service_goes_on(http, actor)


def test_list_goes_on_behind_a_record_that_is_gone(
    http: httpx2.Client, actor: Actor, redis_url: str
) -> None:
    created = [neighbour(http, actor) for _ in range(4)]
    with redis.Redis.from_url(redis_url) as client:
        client.delete(keys.job(created[3]), keys.job(created[1]))
    listed: list[str] = []
    page = http.get("/v1/jobs?limit=1").json()
    while page["next_cursor"]:
        listed += [job["id"] for job in page["jobs"]]
        page = http.get("/v1/jobs", params={"limit": 1, "cursor": page["next_cursor"]}).json()
    listed += [job["id"] for job in page["jobs"]]
    assert listed == [created[2], created[0]]


def test_worker_that_is_not_understood_hides_no_other(
    http: httpx2.Client, actor: Actor, redis_url: str
) -> None:
    """As of a newer version that tells more of itself."""
    newer = actor.info.model_copy(update={"id": "newer"})
    actor.joblog.run(commands.heartbeat(newer, []))
    with redis.Redis.from_url(redis_url) as client:
        client.hset(keys.WORKERS, "newer", newer.model_dump_json()[:-1] + ', "news": 1}')
    workers = http.get("/v1/workers").raise_for_status().json()["workers"]
    assert [worker["id"] for worker in workers] == [actor.info.id]
    assert_the_service_goes_on(http, actor)


def test_times_that_are_none_are_passed_over(
    http: httpx2.Client, actor: Actor, redis_url: str
) -> None:
    with redis.Redis.from_url(redis_url) as client:
        for kept in (keys.estimates(actor.model), keys.first_tokens(actor.model)):
            client.lpush(kept, "garbage")
    assert_the_service_goes_on(http, actor)


def test_job_is_accepted_though_what_is_kept_of_others_is_damaged(
    http: httpx2.Client, actor: Actor, redis_url: str
) -> None:
    neighbour(http, actor)
    with redis.Redis.from_url(redis_url) as client:
        client.hset(keys.statistics(actor.model), "pace", "garbage")
    answer = http.post("/v1/jobs", json={"story_seed": "A hare"})
    assert answer.status_code == 202, answer.text
    job_id = answer.json()["id"]
    assert http.get("/v1/jobs").json()["jobs"][0]["id"] == job_id
    for path in (f"/v1/jobs/{job_id}", "/v1/queue"):
        assert http.get(path).status_code == 200
    assert http.post("/v1/jobs?dry_run=true", json={"story_seed": "A"}).status_code == 200
    assert actor.claim().job_id == job_id


def is_replaced(client: redis.Redis, job: str, sequence: str) -> bool:
    return client.hget(keys.job(job), "sequence") != sequence


SPOILS: dict[str, dict[str, str]] = {
    "spec": {"spec": "garbage"},
    "epoch": {"epoch": "garbage"},
    "count": {"count": "garbage"},
    "log": {"count": "3"},
}


def test_damage_that_the_status_does_not_tell_is_found_though_nobody_asks(
    http: httpx2.Client, actor: Actor, redis_url: str
) -> None:
    """Each kind of it, in a job that waits and in one that is being written. All at once, since
    whoever finds it looks every few seconds. Each job is written anew to its end.
    """
    begun = {accepted(http): spoilt for spoilt in SPOILS.values()}
    former = {claim.job_id: claim.epoch for claim in (actor.claim() for _ in begun)}
    assert former.keys() == begun.keys()
    jobs = begun | {accepted(http): spoilt for spoilt in SPOILS.values()}
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        before = {job: client.hgetall(keys.job(job)) for job in jobs}
        for job, spoilt in jobs.items():
            client.hset(keys.job(job), mapping=spoilt)
        for job, whole in before.items():
            replaced = partial(is_replaced, client, job, whole["sequence"])
            wait_until(replaced, seconds=15, what="it is put in its place")
            assert client.hget(keys.job(job), "spec") == whole["spec"]
    for _ in jobs:
        again = actor.claim()
        assert again.attempt == 1
        assert again.epoch > former.get(again.job_id, 0)
        actor.write(4)
        actor.finish()
    for job in jobs:
        assert_whole(read_stream(http, events_path(job)), 4)
