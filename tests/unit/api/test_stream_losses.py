"""What gets lost on the way to a reader is mended: messages, connections, subscriptions."""

from pathlib import Path

import httpx2
import redis

from tests.processes import wait_until
from tests.unit.api.acting import Actor, token
from tests.unit.api.serving import assert_whole, events_path, owe_nothing, read_stream, reading


def test_lost_message_is_mended_from_the_log(api: str, job: str, actor: Actor) -> None:
    with reading(api, job) as reader:
        reader.wait_for("queued")
        actor.claim()
        actor.write(2)
        reader.wait_for("token", 2)
        actor.append_silently()
        actor.write(2)
        reader.wait_for("token", 5, seconds=1)  # by the gap, not by the idle look after 2 s
        actor.append_silently()
        reader.wait_for("token", 6)  # nothing follows: only the idle look finds it
        actor.finish()
        assert_whole(reader.finish(), 6)


def test_message_that_is_only_partly_an_event_costs_no_token(
    api: str, job: str, actor: Actor, redis_url: str
) -> None:
    client = redis.Redis.from_url(redis_url)
    with reading(api, job) as reader:
        reader.wait_for("queued")
        actor.claim()
        actor.write(2)
        reader.wait_for("token", 2)
        actor.append_silently()
        client.publish(f"job:{{{job}}}", f"{token(3).model_dump_json()}\nnonsense")
        reader.wait_for("token", 3, seconds=1)  # from the log, before the idle look
        actor.finish()
        assert_whole(reader.finish(), 3)
    client.close()


def test_killed_pubsub_connection_costs_no_token(
    api: str, job: str, actor: Actor, redis_url: str
) -> None:
    client = redis.Redis.from_url(redis_url)
    with reading(api, job) as reader:
        reader.wait_for("queued")
        actor.claim()
        for _ in range(4):
            actor.write(25)
            assert client.client_kill_filter(_type="pubsub") >= 1
            actor.write(25)
            wait_until(
                lambda: client.pubsub_numsub(f"job:{{{job}}}")[0][1] == 1,
                seconds=10,
                what="subscribed again",
            )
        actor.finish()
        assert_whole(reader.finish(), 200)
    client.close()


def test_ending_lost_with_the_connection_is_still_told(
    api: str, job: str, actor: Actor, redis_url: str
) -> None:
    client = redis.Redis.from_url(redis_url)
    actor.claim()
    with reading(api, job) as reader:
        reader.wait_for("started")
        assert client.client_kill_filter(_type="pubsub") >= 1
        actor.write(3)
        actor.finish()
        assert_whole(reader.finish(seconds=5), 3)
    client.close()


def test_unknown_job_is_told_when_redis_is_emptied_and_nobody_promised_it(
    api: str, session_library: Path, job: str, actor: Actor, redis_url: str
) -> None:
    client = redis.Redis.from_url(redis_url)
    actor.claim()
    with reading(api, job) as reader:
        reader.wait_for("started")
        owe_nothing(session_library)
        client.flushall()
        told = reader.finish()
    assert told.of("error")[0]["code"] == "unknown_job"
    client.close()


def test_idle_stream_leaves_no_subscription(
    api: str, http: httpx2.Client, job: str, redis_url: str
) -> None:
    client = redis.Redis.from_url(redis_url)
    read_stream(http, events_path(job), most=1)
    wait_until(
        lambda: client.pubsub_numsub(f"job:{{{job}}}")[0][1] == 0, seconds=5, what="unsubscribed"
    )
    client.close()
