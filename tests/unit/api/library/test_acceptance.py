"""A job is accepted by the library alone: Redis may be away, the database may not."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from structlog.testing import capture_logs

from services.api.acceptance import job_spec
from services.api.db.database import Database
from services.api.db.models import AcceptedJob
from services.api.outbox import Outbox
from services.api.reconciler import Reconciler
from services.api.register import Register
from shared.broker import Permits, make_celery
from shared.connections import connect, connect_async
from shared.joblog import AsyncJobLog, commands, keys
from shared.metrics import ApiMetrics
from shared.schemas import GenerateRequest
from tests.processes import free_port
from tests.unit.api.acting import MODEL, Actor
from tests.unit.api.library.writing import refusal
from tests.unit.api.serving import api_settings, serving


def test_without_a_database_nothing_is_accepted(redis_url: str, actor: Actor) -> None:
    nowhere = f"postgresql://once@127.0.0.1:{free_port()}/once"
    with (
        serving(api_settings(redis_url, nowhere)) as url,
        httpx2.Client(base_url=url, timeout=20) as http,
    ):
        for path in ("/v1/jobs", "/generate"):
            answer = http.post(path, json={"story_seed": "A fox"})
            assert refusal(answer) == (503, "library_unavailable")
            assert int(answer.headers["retry-after"]) > 0
        assert http.get("/v1/queue").json()["depth"] == {"interactive": 0, "batch": 0}
    assert actor.permits() == 0


def test_what_is_not_accepted_holds_no_place(redis_url: str, actor: Actor) -> None:
    nowhere = f"postgresql://once@127.0.0.1:{free_port()}/once"
    with (
        serving(api_settings(redis_url, nowhere, jobs_per_key=1, queue_limit=1)) as url,
        httpx2.Client(base_url=url, timeout=20) as http,
    ):
        for _ in range(3):
            answer = http.post("/v1/jobs", json={"story_seed": "A fox"})
            assert refusal(answer) == (503, "library_unavailable")


def test_a_request_that_comes_twice_at_once_holds_one_place(
    redis_url: str, database_url: str, actor: Actor
) -> None:
    with (
        serving(api_settings(redis_url, database_url, jobs_per_key=2)) as url,
        httpx2.Client(base_url=url, timeout=20) as http,
        ThreadPoolExecutor() as pool,
    ):

        def ask(number: int) -> int:
            named = {"Idempotency-Key": "once"} if number < 2 else {}
            return http.post("/v1/jobs", json={"story_seed": "A fox"}, headers=named).status_code

        assert list(pool.map(ask, range(2))) == [202, 202]
        assert [ask(2), ask(3)] == [202, 429]


@pytest.mark.parametrize(
    ("payer", "charged"),
    [("room/one", "room/one"), pytest.param(None, "anna", id="of an older version")],
)
async def test_job_is_accepted_while_redis_is_away_and_submitted_once_it_is_back(
    database_url: str, redis_url: str, actor: Actor, payer: str | None, charged: str
) -> None:
    job = a_job("j1", payer=payer)
    async with outbox(f"redis://127.0.0.1:{free_port()}/0", database_url) as cut_off:
        assert await cut_off.accept(job, None) == "j1"
        assert (await cut_off.view("j1", tenant="anna")).status == "queued"
    async with outbox(redis_url, database_url) as connected:
        reconciler = Reconciler(connected)
        await reconciler._round()
        await reconciler._round()  # again: without effect
        revived = await connected.joblog.run(commands.read_job("j1"))
    assert revived is not None
    assert revived.payer == charged
    claim = await asyncio.to_thread(actor.claim)
    assert (claim.job_id, claim.spec) == ("j1", job.spec)
    assert claim.seconds_left is not None
    assert claim.seconds_left > 3500


async def test_job_is_accepted_though_no_estimate_can_be_made_of_what_is_spoilt(
    database_url: str, redis_url: str, actor: Actor
) -> None:
    with connect(redis_url) as client:
        client.hset(keys.statistics(MODEL), mapping={"stories": 1, "sized": -2, "pace": 50})
    async with outbox(redis_url, database_url) as connected:
        with capture_logs() as logs:
            for job_id in ("j1", "j2"):  # there is a slot for the first
                assert await connected.accept(a_job(job_id), None) == job_id
    levels = {log["event"]: log["log_level"] for log in logs}
    assert levels["accepted, and nothing foretold"] == "error"
    assert [(await asyncio.to_thread(actor.claim)).job_id for _ in range(2)] == ["j1", "j2"]
    assert actor.permits() == 2


def a_job(job_id: str, *, payer: str | None = "anna") -> AcceptedJob:
    return AcceptedJob(
        id=job_id,
        tenant="anna",
        payer=payer,
        model=MODEL,
        spec=job_spec(GenerateRequest(story_seed="A fox", deadline_seconds=3600)),
        traceparent="",
        cancelled=False,
        created_at=time.time() - 5,
    )


@contextlib.asynccontextmanager
async def outbox(redis_url: str, database_url: str) -> AsyncIterator[Outbox]:
    client, database = connect_async(redis_url), Database(database_url)
    permits = Permits(make_celery(redis_url))
    yield Outbox(AsyncJobLog(client), database, Register(database), permits, ApiMetrics())
    await client.aclose()
    await database.close()
