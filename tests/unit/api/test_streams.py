"""Every reader of a story is told every token exactly once, then the ending."""

from pathlib import Path

import httpx2

from shared.errors import ErrorCode
from shared.events import ErrorEvent
from shared.joblog import commands
from tests.processes import wait_until
from tests.unit.api.acting import Actor
from tests.unit.api.serving import (
    Told,
    api_settings,
    assert_whole,
    collect,
    events_path,
    read_stream,
    reading,
    serving,
    sqlite_url,
)


def test_early_reader_is_told_queue_start_tokens_checkpoint_and_end(
    api: str, job: str, actor: Actor
) -> None:
    with reading(api, job) as reader:
        reader.wait_for("queued")
        actor.claim()
        reader.wait_for("started")
        actor.write(3, checkpoint=True)
        actor.finish()
        told = reader.finish()
    assert told.names() == ["queued", "started", *["token"] * 3, "checkpoint", "done"]
    assert told.of("started") == [{"worker": "w1", "model": "tiny", "attempt": 1}]
    assert told.of("queued")[0]["position"] == 0
    assert_whole(told, 3)


def test_late_reader_receives_earlier_tokens(http: httpx2.Client, job: str, actor: Actor) -> None:
    actor.claim()
    actor.write(700)
    actor.finish()
    assert_whole(read_stream(http, events_path(job)), 700)


def test_reader_in_the_middle_goes_over_from_log_to_live(api: str, job: str, actor: Actor) -> None:
    actor.claim()
    actor.write(5, checkpoint=True)
    with reading(api, job) as reader:
        reader.wait_for("token", 5)
        actor.write(5, checkpoint=True)
        actor.finish()
        told = reader.finish()
    assert told.names()[0] == "started"
    assert [event["index"] for event in told.of("checkpoint")] == [5, 10]
    assert_whole(told, 10)


def test_reader_that_reconnects_after_every_few_events_misses_nothing(
    http: httpx2.Client, job: str, actor: Actor
) -> None:
    actor.claim()
    indexes: list[object] = []
    last_id: str | None = None
    for _ in range(6):
        actor.write(3)
        told = read_stream(http, events_path(job), last_id=last_id, most=3)
        indexes += told.indexes()
        last_id = told.last_id or last_id
    actor.finish()
    indexes += read_stream(http, events_path(job), last_id=last_id).indexes()
    assert indexes == list(range(1, 19))


def test_reader_ahead_of_a_log_that_lost_its_end_goes_on_behind_what_it_has(
    http: httpx2.Client, job: str, actor: Actor
) -> None:
    actor.claim()
    actor.write(3)
    path = events_path(job)
    with http.stream("GET", path, headers={"Last-Event-ID": "5"}) as response:
        actor.write(4)
        actor.finish()
        told = Told()
        collect(response, told)
    assert told.indexes() == [6, 7]
    assert told.names()[-1] == "done"


def test_two_replicas_tell_the_same_story(
    api: str, job: str, actor: Actor, redis_url: str, tmp_path: Path
) -> None:
    settings = api_settings(redis_url, sqlite_url(tmp_path))
    with serving(settings) as other, reading(api, job) as one:
        with reading(other, job) as two:
            one.wait_for("queued")
            two.wait_for("queued")
            actor.claim()
            actor.write(40)
            half = read_stream(httpx2.Client(base_url=other), events_path(job), most=21)
            actor.finish()
            assert_whole(one.finish(), 40)
            assert_whole(two.finish(), 40)
        with httpx2.Client(base_url=api) as http:
            rest = read_stream(http, events_path(job), last_id=half.last_id)
    assert [*half.indexes(), *rest.indexes()] == list(range(1, 41))


def test_takeover_is_told_as_resumed(api: str, job: str, actor: Actor, redis_url: str) -> None:
    actor.claim(lease_ms=1)
    actor.write(2)
    with reading(api, job) as reader:
        reader.wait_for("token", 2)
        lost = ErrorEvent(code=ErrorCode.TOO_MANY_ATTEMPTS, detail="lost")
        wait_until(
            lambda: bool(actor.joblog.run(commands.reap(lost))), seconds=5, what="lease over"
        )
        heir = Actor(redis_url, name="w2")
        heir.claim()
        heir.write(2)
        heir.finish()
        heir.close()
        told = reader.finish()
    assert told.of("resumed") == [{"attempt": 2}]
    assert len(told.of("started")) == 1
    assert_whole(told, 4)


def test_waiting_reader_sees_its_position_fall(
    api: str, http: httpx2.Client, job: str, actor: Actor
) -> None:
    second = http.post("/v1/jobs", json={"story_seed": "An owl"}).json()["id"]
    with reading(api, second) as reader:
        reader.wait_for("queued")
        actor.claim()
        actor.finish()
        reader.wait_for("queued", 2)
        actor.claim()
        actor.finish()
        told = reader.finish()
    assert [event["position"] for event in told.of("queued")] == [1, 0]


def test_waiting_reader_hears_that_its_workers_are_gone_and_that_one_is_back(
    api: str, http: httpx2.Client, job: str, actor: Actor
) -> None:
    with reading(api, job) as reader:
        reader.wait_for("queued")
        actor.joblog.run(commands.retire(actor.name))
        reader.wait_for("queued", 2)
        assert http.get(f"/v1/jobs/{job}").json()["served"] is False
        actor.beat()
        reader.wait_for("queued", 3)
        actor.claim()
        actor.finish()
        told = reader.finish()
    assert [event.get("served", True) for event in told.of("queued")] == [True, False, True]
    assert {event["position"] for event in told.of("queued")} == {0}
    assert "served" not in http.get(f"/v1/jobs/{job}").json()


def test_failed_story_ends_with_its_error(http: httpx2.Client, job: str, actor: Actor) -> None:
    actor.claim()
    actor.write(2)
    actor.fail()
    told = read_stream(http, events_path(job))
    assert told.of("error") == [{"code": "generation_failed", "detail": "The engine stumbled."}]
    assert_whole(told, 2)


def test_stream_headers_forbid_caching_and_buffering(http: httpx2.Client, job: str) -> None:
    with http.stream("GET", events_path(job)) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"


def test_reconnect_after_the_ending_gets_it_again_and_then_204(
    api: str, job: str, actor: Actor
) -> None:
    actor.claim()
    actor.write(3)
    actor.finish()
    with httpx2.Client(base_url=api) as browser:
        first = read_stream(browser, events_path(job))
        assert_whole(first, 3)
        assert read_stream(browser, events_path(job), last_id=first.last_id).names() == ["done"]
        headers = {"Last-Event-ID": str(first.last_id)}
        assert browser.get(events_path(job), headers=headers).status_code == 204
    with httpx2.Client(base_url=api) as stranger:
        assert_whole(read_stream(stranger, events_path(job)), 3)


def test_reader_who_is_ahead_of_a_cancelled_story_is_let_go_as_well(
    api: str, job: str, actor: Actor
) -> None:
    """Redis had lost what it has read, and the story was cancelled before it was there again."""
    actor.claim()
    actor.write(2)
    with httpx2.Client(base_url=api) as browser:
        browser.delete(f"/v1/jobs/{job}").raise_for_status()
        assert read_stream(browser, events_path(job), last_id="5").names() == ["cancelled"]
        answer = browser.get(events_path(job), headers={"Last-Event-ID": "5"})
        assert answer.status_code == 204


def test_second_tab_learns_the_ending_of_a_story_without_a_token(
    api: str, job: str, actor: Actor
) -> None:
    actor.claim()
    actor.finish()
    with httpx2.Client(base_url=api) as browser:
        for _ in range(2):
            assert read_stream(browser, events_path(job)).names() == ["done"]
