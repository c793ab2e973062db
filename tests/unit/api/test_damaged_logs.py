"""Logs that somebody spoilt in Redis by hand: the story is written anew, and told whole."""

import httpx2
import pytest
import redis

from shared.joblog import commands, damages, keys
from tests.processes import wait_until
from tests.unit.api.acting import Actor
from tests.unit.api.serving import assert_whole, events_path, read_stream, reading


def spoil(redis_url: str, job: str, how: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        if how == "hole":
            client.xdel(keys.log(job), "2-0")
        elif how == "front":
            client.xdel(keys.log(job), "1-0", "2-0")
        else:
            client.xadd(keys.log(job), {"event": "zz", "checkpoint": ""}, id="9999-0")


def write_again(actor: Actor, job: str, tokens: int) -> None:
    wait_until(lambda: actor.claim_if_any() is not None, seconds=10, what="it waits again")
    assert (actor.claimed and actor.claimed.job_id, actor.written) == (job, 0)
    actor.write(tokens)
    actor.finish()


every_way = pytest.mark.parametrize("how", ["hole", "front", "garbage"])


@every_way
def test_story_with_a_spoilt_log_is_told_whole_to_whoever_asks(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str, how: str
) -> None:
    actor.claim()
    actor.write(4)
    spoil(redis_url, job, how)
    answer = http.get(f"/v1/jobs/{job}")
    assert (answer.status_code, answer.json()["status"]) == (200, "queued")
    write_again(actor, job, 5)
    assert_whole(read_stream(http, events_path(job)), 5)


@every_way
def test_reader_of_a_spoilt_log_waits_and_is_told_nothing_twice(
    api: str, job: str, actor: Actor, redis_url: str, how: str
) -> None:
    actor.claim()
    actor.write(4)
    spoil(redis_url, job, how)
    with reading(api, job) as reader:
        write_again(actor, job, 5)
        assert_whole(reader.finish(), 5)


def test_record_that_is_lost_beside_its_log_begins_with_an_empty_one(
    job: str, actor: Actor, redis_url: str
) -> None:
    actor.claim()
    actor.write(4)
    with redis.Redis.from_url(redis_url) as client:
        client.delete(keys.job(job))
    wait_until(lambda: actor.claim_if_any() is not None, seconds=10, what="it waits again")
    assert actor.joblog.run(commands.read_log(job)) == []


def test_story_that_is_spoilt_again_and_again_fails(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str
) -> None:
    for _ in range(damages.MOST_DAMAGES + 1):
        actor.claim()
        actor.write(3)
        spoil(redis_url, job, "hole")
        view = http.get(f"/v1/jobs/{job}").raise_for_status().json()
    assert (view["status"], view["error"]["code"]) == ("failed", "too_many_attempts")


def test_ended_story_whose_log_has_a_hole_is_not_kept_but_written_anew(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str
) -> None:
    actor.claim()
    actor.write(4)
    spoil(redis_url, job, "hole")
    actor.finish()
    write_again(actor, job, 4)
    view = http.get(f"/v1/jobs/{job}", params={"wait": 10}).json()
    assert (view["status"], view["text"]) == ("succeeded", "t1 t2 t3 t4 ")
