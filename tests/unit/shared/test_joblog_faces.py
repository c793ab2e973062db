"""The registry, the live channel, the index of jobs, and both faces of the job log."""

import asyncio
import contextlib

import pytest

from shared.connections import connect, connect_async
from shared.errors import StoreUnavailableError
from shared.events import parse_event
from shared.joblog import AsyncJobLog, Command, JobLog, Verdict, clients, commands, keys
from shared.operations import WorkerInfo
from shared.schemas import Priority
from tests.processes import free_port
from tests.unit.shared.joblog_acts import MODEL, append, cancel, claim, spec, submit, token


def info(worker: str) -> WorkerInfo:
    return WorkerInfo(
        id=worker,
        model=MODEL,
        model_sha256="0",
        numeric_kind="k",
        context_length=64,
        slots=2,
        running=0,
        tokens_per_second=0,
    )


def test_heartbeat_renews_own_leases_and_names_lost_ones(joblog: JobLog) -> None:
    submit(joblog, "a")
    submit(joblog, "b")
    kept, lost = claim(joblog, lease_ms=50), claim(joblog)
    cancel(joblog, "b")
    owned = [(kept.job_id, kept.epoch), (lost.job_id, lost.epoch)]
    assert joblog.run(commands.heartbeat(info("w1"), owned, lease_ms=60_000)) == [("b", 1)]
    score = connect_score(joblog, "a")
    assert score > 30_000
    assert joblog.run(commands.workers()) == [info("w1")]
    joblog.run(Command(("ZINCRBY", "workers:expiry", -5_000, "w1"), float))
    assert joblog.run(commands.workers(heard_of_within_ms=4_000)) == []
    assert joblog.run(commands.workers(heard_of_within_ms=10_000)) == [info("w1")]
    joblog.run(commands.retire("w1"))
    assert joblog.run(commands.workers()) == []
    assert joblog.run(Command(("HLEN", "workers"), int)) == 0


def test_story_under_way_waits_a_few_seconds_for_its_own_kind(
    joblog: JobLog, redis_url: str
) -> None:
    for worker, kind in (("w1", "cpu"), ("w2", "gpu")):
        told = info(worker).model_copy(update={"numeric_kind": kind})
        joblog.run(commands.heartbeat(told, []))
    submit(joblog, "a")
    begin_and_give_back(joblog)
    submit(joblog, "later", payer="ben")
    assert claim(joblog, "w2", kind="gpu").job_id == "later"
    assert joblog.run(commands.claim(MODEL, "w2", numeric_kind="gpu")) is None
    assert begin_and_give_back(joblog) == "cpu"
    with contextlib.closing(connect(redis_url)) as client:
        since = float(client.hget(keys.job("a"), "put_back_at"))  # type: ignore[arg-type]
        client.hset(keys.job("a"), "put_back_at", since - 3)
    assert claim(joblog, "w2", kind="gpu").numeric_kind == "mixed"


def begin_and_give_back(joblog: JobLog) -> str:
    """Answers in which arithmetic the story was written so far."""
    owner = claim(joblog, "w1", kind="cpu")
    assert owner.job_id == "a"
    append(joblog, owner, owner.count + 1)
    joblog.run(commands.release("a", owner.epoch))
    return owner.numeric_kind


def test_redis_without_room_takes_nothing_new_and_takes_no_story_from_its_worker(
    joblog: JobLog, redis_url: str
) -> None:
    submit(joblog, "a")
    owner = claim(joblog, lease_ms=1)
    before = connect_score(joblog, "a")
    with contextlib.closing(connect(redis_url)) as client:
        client.config_set("maxmemory", 1)
        try:
            assert joblog.run(commands.heartbeat(info("w1"), [("a", owner.epoch)])) == []
            with pytest.raises(StoreUnavailableError):
                submit(joblog, "b")
        finally:
            client.config_set("maxmemory", 0)
    assert connect_score(joblog, "a") > before
    assert joblog.run(commands.read_job("b")) is None
    assert submit(joblog, "b")


def connect_score(joblog: JobLog, job_id: str) -> float:
    """Milliseconds that the job's lease has left, by Redis' own clock."""
    expiry = joblog.run(Command(("ZSCORE", "leases", job_id), float))
    seconds, micros = joblog.run(Command(("TIME",), lambda answer: answer))
    return expiry - (int(seconds) * 1000 + int(micros) / 1000)


def test_live_readers_hear_claim_tokens_and_ending_in_order(joblog: JobLog, redis_url: str) -> None:
    client = connect(redis_url)
    with client.pubsub() as channel:  # type: ignore[no-untyped-call]
        channel.subscribe("job:{a}")
        assert channel.get_message(timeout=5)
        submit(joblog, "a")
        owner = claim(joblog)
        append(joblog, owner, 1)
        cancel(joblog, "a")
        heard = [channel.get_message(timeout=5) for _ in range(3)]
    kinds = [parse_event(message["data"]).type for message in heard if message]
    assert kinds == ["started", "token", "cancelled"]
    client.close()


def test_scripts_survive_a_redis_that_forgot_them(joblog: JobLog, redis_url: str) -> None:
    submit(joblog, "a")
    client = connect(redis_url)
    client.script_flush()
    client.close()
    owner = claim(joblog)
    assert append(joblog, owner, 1) is Verdict.OK


def test_tenant_pages_run_from_newest_to_oldest(joblog: JobLog) -> None:
    for job_id in "abc":
        submit(joblog, job_id)
    assert joblog.run(commands.tenant_jobs("anna", before=None, limit=2)) == ["c", "b"]
    middle = joblog.run(commands.read_job("b"))
    assert middle is not None
    older = commands.tenant_jobs("anna", before=middle.sequence, limit=2)
    assert joblog.run(older) == ["a"]
    assert joblog.run(commands.tenant_jobs("bert", before=None, limit=2)) == []


def test_absent_redis_is_one_clear_error() -> None:
    client = connect(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(StoreUnavailableError):
        JobLog(client).run(commands.ping())


async def test_a_thousand_may_ask_at_once(redis_url: str) -> None:
    client = connect_async(redis_url)
    joblog = AsyncJobLog(client)
    assert all(await asyncio.gather(*(joblog.run(commands.ping()) for _ in range(1_000))))
    await client.aclose()


async def test_whoever_waits_too_long_for_a_turn_is_told_so(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "AT_ONCE", 1)
    monkeypatch.setattr(clients, "TURN_SECONDS", 0.2)
    client = connect_async(redis_url)
    joblog = AsyncJobLog(client)
    holder = asyncio.create_task(joblog.run(Command(("BLPOP", "nothing", 1), str)))
    await asyncio.sleep(0)  # it has its turn
    with pytest.raises(StoreUnavailableError):
        await joblog.run(commands.ping())
    await holder
    assert await joblog.run(commands.ping()), "the turn was given back"
    await client.aclose()


async def test_async_face_speaks_the_same_commands(redis_url: str) -> None:
    client = connect_async(redis_url)
    joblog = AsyncJobLog(client)
    await client.script_flush()
    assert await joblog.run(
        commands.submit("a", spec(), model=MODEL, priority=Priority.BATCH, tenant="t")
    )
    owner = await joblog.run(commands.claim(MODEL, "w1", numeric_kind="cpu"))
    assert owner is not None
    first = commands.append("a", owner.epoch, token(1), model=MODEL)
    assert await joblog.run(first) is Verdict.OK
    assert [entry.token for entry in await joblog.run(commands.read_log("a"))] == [token(1)]
    await client.aclose()
    absent = connect_async(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(StoreUnavailableError):
        await AsyncJobLog(absent).run(commands.ping())
    await absent.aclose()
