"""`cancel_on_disconnect`: a story ends when its last reader has left, and only then."""

import threading

import httpx2
import pytest

from shared.joblog import followers
from tests.processes import wait_until
from tests.unit.api.acting import Actor
from tests.unit.api.serving import assert_whole, events_path, read_stream, reading

NEEDS_READER = {"story_seed": "A fox", "cancel_on_disconnect": True}
GRACE_SECONDS = 1.0


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """The promised one lasts 15 seconds; what is here shortened is the waiting alone."""
    attend = followers.attend
    monkeypatch.setattr(followers, "GRACE_SECONDS", GRACE_SECONDS)
    monkeypatch.setattr(followers, "ROUND_SECONDS", 0.1)
    monkeypatch.setattr(followers, "attend", lambda ids: attend(ids, grace_seconds=GRACE_SECONDS))


@pytest.fixture
def needy(http: httpx2.Client, actor: Actor) -> str:
    """Id of a waiting job that needs a follower."""
    answer = http.post("/v1/jobs", json=NEEDS_READER)
    assert answer.status_code == 202, answer.text
    assert answer.json()["request"]["cancel_on_disconnect"] is True
    job_id: str = answer.json()["id"]
    return job_id


def status(http: httpx2.Client, job_id: str) -> str:
    found: str = http.get(f"/v1/jobs/{job_id}").json()["status"]
    return found


def wait_for_cancel(http: httpx2.Client, job_id: str) -> None:
    wait_until(lambda: status(http, job_id) == "cancelled", seconds=15, what="cancelled")


def test_story_that_nobody_comes_for_is_cancelled(
    http: httpx2.Client, actor: Actor, needy: str, job: str
) -> None:
    wait_for_cancel(http, needy)
    assert status(http, job) == "queued", "a story that nobody asked to end so"
    actor.claim()
    assert actor.claimed is not None
    assert actor.claimed.job_id == job


def test_story_lives_while_it_is_read_and_ends_after_its_last_reader(
    http: httpx2.Client, actor: Actor, needy: str
) -> None:
    actor.claim()
    actor.write(2)
    with http.stream("GET", events_path(needy)) as response:
        events = iter(httpx2.EventSource(response))
        assert next(events).event == "started"
        outlast_the_grace(http, actor)
        assert status(http, needy) == "running"
    wait_for_cancel(http, needy)
    told = read_stream(http, events_path(needy))
    assert told.names()[-1] == "cancelled"
    assert len(told.indexes()) == actor.written


def test_reader_who_comes_back_in_time_finds_the_story_going_on(
    http: httpx2.Client, api: str, actor: Actor, needy: str
) -> None:
    actor.claim()
    actor.write(3)
    first = read_stream(http, events_path(needy), most=3)
    assert first.last_id is not None
    with reading(api, needy) as reader:
        outlast_the_grace(http, actor)
        actor.finish()
        assert_whole(reader.finish(), actor.written)


def test_waiting_for_the_end_is_following(http: httpx2.Client, actor: Actor, needy: str) -> None:
    answers: list[httpx2.Response] = []
    waiting = threading.Thread(
        target=lambda: answers.append(http.get(f"/v1/jobs/{needy}", params={"wait": 30}))
    )
    waiting.start()
    actor.claim()
    outlast_the_grace(http, actor)
    actor.finish()
    waiting.join(20)
    assert [answer.json()["status"] for answer in answers] == ["succeeded"]


def test_one_call_form_is_following(http: httpx2.Client, actor: Actor) -> None:
    answers: list[httpx2.Response] = []
    asking = threading.Thread(
        target=lambda: answers.append(http.post("/generate", json=NEEDS_READER, timeout=30))
    )
    asking.start()
    wait_until(lambda: actor.claim_if_any() is not None, seconds=10, what="the job waits")
    outlast_the_grace(http, actor)
    actor.finish()
    asking.join(20)
    assert [answer.json()["status"] for answer in answers] == ["succeeded"]


def outlast_the_grace(http: httpx2.Client, actor: Actor) -> None:
    """Until a job that nobody follows, accepted now, has been cancelled, and as long again."""
    for _ in range(2):
        answer = http.post("/v1/jobs", json=NEEDS_READER)
        wait_for_cancel(http, answer.json()["id"])
    actor.write()
