"""Jobs that somebody spoilt in Redis by hand: each of them is a loss, the service goes on."""

import json

import httpx2
import pytest
import redis

from shared.joblog import keys
from tests.unit.api.acting import Actor
from tests.unit.api.serving import assert_whole, events_path, read_stream


def neighbour(http: httpx2.Client, actor: Actor) -> str:
    job_id: str = http.post("/v1/jobs", json={"story_seed": "A hare"}).json()["id"]
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


@pytest.mark.parametrize("field", ["tenant", "status", "spec", "sequence", "created_at"])
def test_job_without_a_field_is_unknown(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str, field: str
) -> None:
    actor.claim()
    with redis.Redis.from_url(redis_url) as client:
        client.hdel(keys.job(job), field)
    for answer in (http.get(f"/v1/jobs/{job}"), http.get(events_path(job))):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job")
    assert_the_service_goes_on(http, actor)


def test_job_that_is_no_record_is_unknown(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str
) -> None:
    actor.claim()
    with redis.Redis.from_url(redis_url) as client:
        client.delete(keys.job(job))
        client.set(keys.job(job), "x")
    assert http.get(f"/v1/jobs/{job}").status_code == 404
    assert_the_service_goes_on(http, actor)


def test_story_with_garbage_in_its_log_ends_for_its_reader_with_an_error(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str
) -> None:
    actor.claim()
    actor.write(2)
    with redis.Redis.from_url(redis_url) as client:
        client.xadd(keys.log(job), {"event": json.dumps({"type": "token"})}, id="3-0")
    told = read_stream(http, events_path(job))
    assert told.names()[-1] == "error"
    assert told.of("error")[0]["code"] == "internal"
    answer = http.get(f"/v1/jobs/{job}")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert_the_service_goes_on(http, actor)
