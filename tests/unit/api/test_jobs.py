"""Jobs over HTTP: create, read, wait, list, cancel, and the one-call form."""

import json
import threading
import time
import uuid

import httpx2
import pytest

from shared.joblog import commands
from shared.jobs import JobView
from shared.prompts import build_prompt
from shared.schemas import Priority, StoryControls
from tests.jobs import submit_job
from tests.processes import wait_until
from tests.unit.api.acting import MODEL, Actor, story
from tests.unit.api.serving import assert_whole, events_path, read_stream, reading, unanswered

SEED = {"story_seed": "A fox — 狐"}


def view(answer: httpx2.Response) -> JobView:
    assert answer.is_success, answer.text
    return JobView.model_validate_json(answer.content)


def test_created_job_waits_with_its_prompt_and_a_permit(
    http: httpx2.Client, actor: Actor, redis_url: str
) -> None:
    answer = http.post("/v1/jobs", json=SEED)
    created = view(answer)
    assert answer.status_code == 202
    assert answer.headers["location"] == created.links.self == f"/v1/jobs/{created.id}"
    assert (created.status, created.position, created.text) == ("queued", 0, "")
    claim = actor.claim()
    assert claim.spec.prompt == build_prompt("A fox — 狐", StoryControls())
    assert claim.spec.seed == created.seed < 2**53
    assert actor.permits() == 1


def test_job_whose_acceptance_was_answered_into_a_broken_connection_is_accepted(
    http: httpx2.Client, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """redis-py then sends the command again, and finds the id taken: by ourselves."""
    monkeypatch.setattr("services.api.admission.limits.uuid.uuid4", lambda: uuid.UUID(int=7))
    submit_job(actor.joblog, uuid.UUID(int=7).hex, model=MODEL)
    assert view(http.post("/v1/jobs", json=SEED)).id == uuid.UUID(int=7).hex


def test_given_seed_is_kept_and_drawn_seeds_differ(http: httpx2.Client, actor: Actor) -> None:
    given = view(http.post("/v1/jobs", json={**SEED, "sampling": {"seed": 0}}))
    drawn = {view(http.post("/v1/jobs", json=SEED)).seed for _ in range(3)}
    assert given.seed == 0
    assert len(drawn) == 3


def test_view_tells_where_other_workers_went_on(
    http: httpx2.Client, job: str, actor: Actor
) -> None:
    actor.claim()
    actor.release()  # Nothing was written: nobody goes on with anything.
    for tokens in (3, 2):
        actor.claim()
        actor.write(tokens)
        actor.release()
    actor.claim()
    told = view(http.get(f"/v1/jobs/{job}"))
    assert told.attempts == 4
    assert [each.tokens for each in told.pickups] == [3, 5]
    assert [story(5)[: each.characters] for each in told.pickups] == [story(3), story(5)]


def test_view_follows_the_job_to_its_end(http: httpx2.Client, job: str, actor: Actor) -> None:
    actor.claim()
    actor.write(3)
    running = view(http.get(f"/v1/jobs/{job}"))
    assert (running.status, running.text, running.attempts) == ("running", story(3), 1)
    assert running.position is None
    actor.finish()
    ended = view(http.get(f"/v1/jobs/{job}"))
    assert (ended.status, ended.finish_reason) == ("succeeded", "stop")
    assert ended.usage.completion_tokens == 3
    assert ended.receipt is not None
    assert ended.ended_at is not None


def test_failed_job_says_why(http: httpx2.Client, job: str, actor: Actor) -> None:
    actor.claim()
    actor.fail()
    failed = view(http.get(f"/v1/jobs/{job}"))
    assert (failed.status, failed.finish_reason) == ("failed", "error")
    assert failed.error is not None
    assert failed.error.code == "generation_failed"


def test_cancelled_job_keeps_its_text_and_cancelling_again_changes_nothing(
    http: httpx2.Client, job: str, actor: Actor
) -> None:
    actor.claim()
    actor.write(2)
    first = view(http.delete(f"/v1/jobs/{job}"))
    assert (first.status, first.finish_reason, first.text) == ("cancelled", "cancelled", story(2))
    assert view(http.delete(f"/v1/jobs/{job}")) == first
    assert read_stream(http, events_path(job)).names() == ["token", "token", "cancelled"]


def test_cancelling_a_waiting_job_frees_its_place(
    api: str, http: httpx2.Client, job: str, actor: Actor
) -> None:
    with reading(api, job) as reader:
        reader.wait_for("queued")
        http.delete(f"/v1/jobs/{job}")
        assert reader.finish().names() == ["queued", "cancelled"]
    assert http.get("/v1/queue").json()["depth"] == {"interactive": 0, "batch": 0}


def test_cancelling_an_ended_job_leaves_it_as_it_is(
    http: httpx2.Client, job: str, actor: Actor
) -> None:
    actor.claim()
    actor.write(1)
    actor.finish()
    assert view(http.delete(f"/v1/jobs/{job}")).status == "succeeded"


def test_long_poll_answers_as_soon_as_the_job_ends(
    http: httpx2.Client, job: str, actor: Actor
) -> None:
    actor.claim()
    timer = threading.Timer(0.5, actor.finish)
    timer.start()
    started = time.monotonic()
    assert view(http.get(f"/v1/jobs/{job}", params={"wait": 10})).status == "succeeded"
    assert time.monotonic() - started < 5
    timer.join()


def test_long_poll_gives_up_when_time_is_up(http: httpx2.Client, job: str) -> None:
    started = time.monotonic()
    assert view(http.get(f"/v1/jobs/{job}", params={"wait": 0.3})).status == "queued"
    assert 0.3 <= time.monotonic() - started < 5


def test_pages_hold_every_job_once_newest_first(http: httpx2.Client, actor: Actor) -> None:
    created = [view(http.post("/v1/jobs", json=SEED)).id for _ in range(5)]
    listed: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = http.get("/v1/jobs", params=params).json()
        listed += [job["id"] for job in page["jobs"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert listed == created[::-1]


@pytest.mark.parametrize("path", ["", "/events"])
def test_jobs_of_others_are_unknown(http: httpx2.Client, actor: Actor, path: str) -> None:
    anna, ben = ({"Authorization": f"Bearer {name}"} for name in ("anna", "ben"))
    job = view(http.post("/v1/jobs", json=SEED, headers=anna)).id
    assert http.get(f"/v1/jobs/{job}", headers=anna).status_code == 200
    for headers in (ben, {}):
        answer = http.get(f"/v1/jobs/{job}{path}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job")
        assert http.delete(f"/v1/jobs/{job}", headers=headers).status_code == 404
        assert http.get("/v1/jobs", headers=headers).json()["jobs"] == []
    assert view(http.get(f"/v1/jobs/{job}", headers=anna)).status == "queued"


def test_generate_streams_to_those_who_accept_it(http: httpx2.Client, actor: Actor) -> None:
    writing = _write_next(actor)
    headers = {"Accept": "text/event-stream"}
    with http.stream("POST", "/generate", json=SEED, headers=headers) as answer:
        job = answer.headers["x-job-id"]
        assert answer.headers["location"] == f"/v1/jobs/{job}"
        events = list(httpx2.EventSource(answer))
    writing.join()
    assert events[0].event == "queued"
    assert [event.event for event in events][-4:] == ["token", "token", "token", "done"]
    assert "".join(json.loads(event.data).get("text", "") for event in events) == story(3)


def test_generate_waits_for_everybody_else(http: httpx2.Client, actor: Actor) -> None:
    writing = _write_next(actor)
    answer = http.post("/generate", json=SEED)
    writing.join()
    ended = view(answer)
    assert (answer.status_code, ended.status, ended.text) == (200, "succeeded", story(3))
    assert answer.headers["x-job-id"] == ended.id


@pytest.mark.parametrize("accept", ["text/event-stream", "*/*"])
def test_story_goes_on_when_the_caller_leaves(
    http: httpx2.Client, actor: Actor, accept: str
) -> None:
    asking = http.build_request("POST", "/generate", json=SEED, headers={"Accept": accept})
    with unanswered(asking):
        _wait_for_job(actor)
    job = actor.claim().job_id
    actor.write(2)
    actor.finish()
    assert_whole(read_stream(http, events_path(job)), 2)


def _write_next(actor: Actor) -> threading.Thread:
    def write() -> None:
        _wait_for_job(actor)
        time.sleep(0.3)
        actor.claim()
        actor.write(3)
        actor.finish()

    thread = threading.Thread(target=write)
    thread.start()
    return thread


def _wait_for_job(actor: Actor) -> None:
    waiting = commands.waiting_count(MODEL, Priority.INTERACTIVE)
    wait_until(lambda: bool(actor.joblog.run(waiting)), seconds=10, what="a job waits")
