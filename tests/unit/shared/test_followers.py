"""Jobs that need a follower: they end after their grace, and no outage ends one."""

from collections.abc import Iterator, Sequence

import pytest
import redis

from shared.connections import connect
from shared.joblog import JobLog, commands, followers, keys
from shared.schemas import GenerateRequest, Priority
from tests.unit.shared.joblog_acts import MODEL, cancel, claim, spec, submit

GRACE = 60.0
PAUSE = 60.0


@pytest.fixture
def store(redis_url: str) -> Iterator["redis.Redis"]:
    client = connect(redis_url)
    yield client
    client.close()


def submit_needing(joblog: JobLog, job_id: str) -> None:
    request = GenerateRequest(story_seed="a fox", cancel_on_disconnect=True)
    made = spec().model_copy(update={"request": request})
    command = commands.submit(
        job_id, made, model=MODEL, priority=Priority.INTERACTIVE, tenant="anna"
    )
    assert joblog.run(command)


def attend(joblog: JobLog, followed: Sequence[str] = (), *, pause: float = PAUSE) -> list[str]:
    command = followers.attend(followed, grace_seconds=GRACE, longest_pause_seconds=pause)
    found: list[str] = joblog.run(command)
    return found


def lapse(store: "redis.Redis", *ids: str) -> None:
    """As if their grace were over."""
    store.zadd(keys.NEED_FOLLOWER, dict.fromkeys(ids, 1.0), xx=True)


def test_job_is_told_once_its_grace_is_over_and_until_it_has_ended(
    joblog: JobLog, store: "redis.Redis"
) -> None:
    submit_needing(joblog, "left")
    submit(joblog, "free")
    assert attend(joblog) == []
    lapse(store, "left", "free")
    assert attend(joblog) == ["left"]
    claim(joblog)
    assert attend(joblog) == ["left"]
    cancel(joblog, "left")
    assert attend(joblog) == []
    assert store.zcard(keys.NEED_FOLLOWER) == 0


def test_first_follower_has_the_length_of_the_grace_to_come(
    joblog: JobLog, store: "redis.Redis"
) -> None:
    submit_needing(joblog, "new")
    job = joblog.run(commands.read_job("new"))
    assert job is not None
    until = store.zscore(keys.NEED_FOLLOWER, "new")
    assert until is not None
    assert until - job.created_at == pytest.approx(followers.GRACE_SECONDS, abs=0.001)


def test_followed_job_lives_on_and_one_that_needs_nobody_is_not_noted(
    joblog: JobLog, store: "redis.Redis"
) -> None:
    submit_needing(joblog, "read")
    submit(joblog, "free")
    attend(joblog)
    lapse(store, "read")
    assert attend(joblog, ["read", "free"]) == []
    assert attend(joblog) == []
    assert store.zrange(keys.NEED_FOLLOWER, 0, -1) == ["read"]


def test_after_a_pause_in_which_nobody_was_noted_every_job_has_its_grace_anew(
    joblog: JobLog, store: "redis.Redis"
) -> None:
    submit_needing(joblog, "read")
    lapse(store, "read")
    assert attend(joblog) == [], "of the first round nobody knows what was before"
    lapse(store, "read")
    assert attend(joblog, pause=0.0) == []
    assert attend(joblog) == [], "it has a new grace"
    lapse(store, "read")
    assert attend(joblog) == ["read"]


def test_damaged_record_is_no_longer_watched(joblog: JobLog, store: "redis.Redis") -> None:
    submit_needing(joblog, "spoilt")
    store.set(keys.job("spoilt"), "not a record")
    attend(joblog)
    lapse(store, "spoilt")
    assert attend(joblog) == []
    assert store.zcard(keys.NEED_FOLLOWER) == 0
