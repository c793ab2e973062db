"""`Idempotency-Key`: a request that is sent again makes nothing again."""

import asyncio
import contextlib
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select, update

from services.api.db import accepted_jobs
from services.api.db.database import Database
from services.api.db.models import RequestKey
from services.api.idempotency import ticket_for
from shared.contract import Contract
from shared.joblog import commands
from shared.schemas import GenerateRequest
from tests.processes import free_port, redis_process
from tests.unit.api.acting import Actor, story
from tests.unit.api.library.test_archive import forget_everything, wait_for_archived
from tests.unit.api.library.writing import ON_SQLITE, SEED, Writer, refusal
from tests.unit.api.serving import api_settings, events_path, read_stream, serving

BODY = {"story_seed": SEED}


def named(key: str, **headers: str) -> dict[str, str]:
    return {"Idempotency-Key": key, **headers}


def depth(http: httpx2.Client) -> int:
    waiting: int = http.get("/v1/queue").json()["depth"]["interactive"]
    return waiting


def test_request_that_is_sent_again_is_answered_with_its_job(
    http: httpx2.Client, actor: Actor
) -> None:
    first, again = (http.post("/v1/jobs", json=BODY, headers=named("a")) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert depth(http) == 1
    spelled_out = {"priority": "interactive", **BODY}
    same = http.post("/v1/jobs", json=spelled_out, headers=named("a"))
    assert same.json()["id"] == first.json()["id"]
    for other in (named("b"), named("a", Authorization="Bearer ben"), {}):
        made = http.post("/v1/jobs", json=BODY, headers=other)
        assert made.json()["id"] != first.json()["id"]


def test_key_of_another_request_is_refused(http: httpx2.Client, actor: Actor) -> None:
    http.post("/v1/jobs", json=BODY, headers=named("a"))
    other = {"story_seed": "An owl"}
    for path, body in (
        ("/v1/jobs", other),
        ("/generate", other),
        ("/v1/stories", {"request": BODY}),
    ):
        answer = http.post(path, json=body, headers=named("a"))
        assert refusal(answer) == (409, "idempotency_key_reused")
    assert depth(http) == 1
    assert http.get("/v1/stories").json()["stories"] == []


def test_many_who_send_one_request_at_once_get_one_job(api: str, actor: Actor) -> None:
    def send(_: int) -> httpx2.Response:
        return httpx2.post(f"{api}/v1/jobs", json=BODY, headers=named("a"), timeout=20)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    with httpx2.Client(base_url=api) as http:
        assert depth(http) == 1


def test_request_is_known_without_workers_and_when_its_job_has_ended(
    http: httpx2.Client, actor: Actor, redis_url: str, database_url: str
) -> None:
    made = http.post("/v1/jobs", json=BODY, headers=named("a")).json()
    actor.claim()
    actor.write(2)
    actor.finish()
    wait_for_archived(database_url)
    forget_everything(redis_url)
    again = http.post("/v1/jobs", json=BODY, headers=named("a"))
    assert (again.status_code, again.json()["id"]) == (202, made["id"])
    assert again.json()["text"] == story(2)
    assert refusal(http.post("/v1/jobs", json=BODY)) == (503, "model_unavailable")


def test_request_of_an_ended_job_is_known_while_redis_is_away(
    database_url: str, tmp_path: Path
) -> None:
    with contextlib.ExitStack() as redis_there, contextlib.ExitStack() as served:
        redis_url = redis_there.enter_context(redis_process(tmp_path, free_port()))
        api = served.enter_context(serving(api_settings(redis_url, database_url)))
        http = served.enter_context(httpx2.Client(base_url=api, timeout=20))
        actor = Actor(redis_url)
        redis_there.callback(actor.close)
        actor.beat()
        made = http.post("/v1/jobs", json=BODY, headers=named("a")).json()
        actor.claim()
        actor.write(2)
        actor.finish()
        wait_for_archived(database_url)
        redis_there.close()
        again = http.post("/v1/jobs", json=BODY, headers=named("a"))
        assert (again.status_code, again.json()["id"]) == (202, made["id"]), again.text
        assert (again.json()["status"], again.json()["text"]) == ("succeeded", story(2))


def test_the_one_call_form_tells_the_same_story_again(http: httpx2.Client, actor: Actor) -> None:
    job = http.post("/v1/jobs", json=BODY, headers=named("a")).json()["id"]
    actor.claim()
    actor.write(3)
    actor.finish()
    again = http.post("/generate", json=BODY, headers=named("a"))
    assert (again.headers["x-job-id"], again.json()["text"]) == (job, story(3))
    streamed = http.post("/generate", json=BODY, headers=named("a", Accept="text/event-stream"))
    assert streamed.headers["x-job-id"] == job
    assert streamed.text == http.get(events_path(job)).text
    assert read_stream(http, events_path(job)).text() == story(3)


@ON_SQLITE
@pytest.mark.parametrize("key", ["", "two words", "a\tb", "x" * 256, "schlüssel"])
def test_key_that_is_none(http: httpx2.Client, actor: Actor, key: str) -> None:
    headers = [(b"Idempotency-Key", key.encode())]
    for path, body in (("/v1/jobs", BODY), ("/generate", BODY), ("/v1/stories", {"request": BODY})):
        answer = http.post(path, json=body, headers=headers)
        assert refusal(answer) == (422, "invalid_request")
        assert "dempotency" in answer.json()["errors"][0]["field"]
    assert depth(http) == 0


def test_longest_key_is_one(http: httpx2.Client, actor: Actor) -> None:
    assert http.post("/v1/jobs", json=BODY, headers=named("~" * 255)).status_code == 202


def test_story_begins_once_for_each_key(writer: Writer) -> None:
    body = {"request": BODY, "title": "Mine"}
    first, again = (
        writer.http.post("/v1/stories", json=body, headers=named("a")) for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert depth(writer.http) == 1


@pytest.mark.parametrize("act", ["continue", "retry"])
def test_passage_is_told_once_for_each_key(writer: Writer, act: str) -> None:
    told = writer.told()
    path = f"/v1/stories/{told.id}/passages/{told.passages[1].id}"

    def tell(key: str, body: dict[str, Any], act: str = act) -> httpx2.Response:
        return writer.http.post(f"{path}/{act}", json=body, headers=named(key))

    first = tell("a", {})
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: tell("a", {}), range(4)))
    for answer in again:
        assert (answer.status_code, answer.json()) == (201, first.json())
        assert answer.headers["etag"] == first.headers["etag"]
    assert len(writer.read(told.id).passages) == 3
    assert depth(writer.http) == 1
    assert refusal(tell("a", {"memory": "x"})) == (409, "idempotency_key_reused")
    other = "retry" if act == "continue" else "continue"
    assert refusal(tell("a", {}, other)) == (409, "idempotency_key_reused")
    assert tell("b", {}).json()["id"] != first.json()["id"]


def test_dry_run_uses_no_key_up(http: httpx2.Client, actor: Actor) -> None:
    params = {"dry_run": "true"}
    assert http.post("/v1/jobs", json=BODY, params=params, headers=named("a")).status_code == 200
    other = {"story_seed": "An owl"}
    assert http.post("/v1/jobs", json=other, headers=named("a")).status_code == 202


async def test_old_keys_are_forgotten(http: httpx2.Client, actor: Actor, database_url: str) -> None:
    await asyncio.to_thread(http.post, "/v1/jobs", json=BODY, headers=named("a"))
    database = Database(database_url)
    left = []
    for before in (time.time() - 60, time.time() + 60):
        async with database.writing() as session:
            await accepted_jobs.forget_keys(session, before=before)
            left.append(await session.scalar(select(func.count()).select_from(RequestKey)))
    await database.close()
    assert left == [1, 0]


def test_key_survives_an_api_that_died_before_redis_heard_of_the_job(
    http: httpx2.Client, actor: Actor, redis_url: str
) -> None:
    job = http.post("/v1/jobs", json=BODY, headers=named("a")).json()["id"]
    forget_everything(redis_url)
    again = http.post("/v1/jobs", json=BODY, headers=named("a"))
    assert (again.status_code, again.json()["id"]) == (202, job)
    assert actor.joblog.run(commands.read_status(job)) == "queued"


def test_request_is_the_same_for_a_version_that_knows_one_more_field() -> None:
    class Asked(Contract):
        seed: str

    class AskedLater(Asked):
        more: int = 0

    def digest(body: Contract) -> str:
        ticket = ticket_for("a", body, "job")
        assert ticket is not None
        return ticket.digest

    assert digest(Asked(seed="x")) == digest(AskedLater(seed="x"))
    assert digest(AskedLater(seed="x", more=1)) != digest(AskedLater(seed="x"))


async def test_request_that_the_version_before_has_hashed_is_known(
    http: httpx2.Client, actor: Actor, database_url: str
) -> None:
    """Of all its fields."""
    made = await asyncio.to_thread(http.post, "/v1/jobs", json=BODY, headers=named("a"))
    whole = GenerateRequest.model_validate(BODY).model_dump_json()
    digest = hashlib.sha256(f"job\n{whole}".encode()).hexdigest()
    database = Database(database_url)
    async with database.writing() as session:
        await session.execute(update(RequestKey).values(digest=digest))
    await database.close()
    again = await asyncio.to_thread(http.post, "/v1/jobs", json=BODY, headers=named("a"))
    assert (again.status_code, again.json()["id"]) == (202, made.json()["id"])
