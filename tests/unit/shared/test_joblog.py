"""The job log against a real Redis: one owner at a time, no gap, no repeat, one ending."""

import threading
from collections.abc import Iterator

import pytest

from shared.connections import connect, connect_async
from shared.errors import ErrorCode, StoreUnavailableError
from shared.events import CancelledEvent, CheckpointEvent, ErrorEvent, TokenEvent, parse_event
from shared.joblog import AsyncJobLog, Cancellation, Claim, JobLog, Verdict, WorkerInfo, commands
from shared.schemas import GenerateRequest, JobSpec, JobStatus, Priority, SamplingParams
from tests.processes import free_port, wait_until

MODEL = "tiny"
LOST = ErrorEvent(code=ErrorCode.TOO_MANY_ATTEMPTS, detail="lost too often")


@pytest.fixture
def joblog(redis_url: str) -> Iterator[JobLog]:
    client = connect(redis_url)
    yield JobLog(client)
    client.close()


def spec(seed: int = 7) -> JobSpec:
    request = GenerateRequest(story_seed="A fox — 狐")
    return JobSpec(
        prompt="p",
        template_version="1",
        sampling=SamplingParams(),
        token_budget=16,
        seed=seed,
        request=request,
    )


def submit(joblog: JobLog, job_id: str, priority: Priority = Priority.INTERACTIVE) -> bool:
    return joblog.run(
        commands.submit(job_id, spec(), model=MODEL, priority=priority, tenant="anna")
    )


def claim(joblog: JobLog, worker: str = "w1", lease_ms: int = 60_000, kind: str = "cpu") -> Claim:
    claimed = joblog.run(commands.claim(MODEL, worker, numeric_kind=kind, lease_ms=lease_ms))
    assert claimed is not None
    return claimed


def token(index: int, text: str = "x") -> TokenEvent:
    return TokenEvent(index=index, text=text, ids=[index + 100])


def append(joblog: JobLog, owner: Claim, index: int) -> Verdict:
    return joblog.run(commands.append(owner.job_id, owner.epoch, token(index)))


def status(joblog: JobLog, job_id: str) -> JobStatus:
    job = joblog.run(commands.read_job(job_id))
    assert job is not None
    return job.status


def cancel(joblog: JobLog, job_id: str) -> Cancellation:
    return joblog.run(
        commands.cancel(job_id, CancelledEvent(), model=MODEL, priority=Priority.INTERACTIVE)
    )


def expire_lease(joblog: JobLog, owner: Claim) -> None:
    """Wait until Redis itself says that a 1 ms lease has run out, then reap."""
    wait_until(
        lambda: bool(joblog.run(commands.reap(LOST))), seconds=5, what=f"{owner.job_id} reaped"
    )


def test_submitted_job_reads_back_whole(joblog: JobLog) -> None:
    assert submit(joblog, "a")
    job = joblog.run(commands.read_job("a"))
    assert job is not None
    assert (job.status, job.epoch, job.count, job.tenant) == (JobStatus.QUEUED, 0, 0, "anna")
    assert job.spec == spec()
    assert joblog.run(commands.read_job("b")) is None


def test_same_id_is_accepted_once(joblog: JobLog) -> None:
    assert submit(joblog, "a")
    assert not submit(joblog, "a")
    assert joblog.run(commands.waiting_count(MODEL, Priority.INTERACTIVE)) == 1


def test_claims_go_first_in_first_out_and_interactive_before_batch(joblog: JobLog) -> None:
    submit(joblog, "slow", Priority.BATCH)
    submit(joblog, "first")
    submit(joblog, "second")
    assert [claim(joblog).job_id for _ in range(3)] == ["first", "second", "slow"]
    assert joblog.run(commands.claim(MODEL, "w1", numeric_kind="cpu")) is None


def test_position_counts_jobs_ahead_and_ends_with_the_claim(joblog: JobLog) -> None:
    submit(joblog, "a")
    submit(joblog, "b")
    where = commands.position("b", model=MODEL, priority=Priority.INTERACTIVE)
    assert joblog.run(where) == 1
    claim(joblog)
    assert joblog.run(where) == 0
    claim(joblog)
    assert joblog.run(where) is None


def test_appended_tokens_are_read_from_any_cursor(joblog: JobLog) -> None:
    submit(joblog, "a")
    owner = claim(joblog)
    checkpoint = CheckpointEvent(index=2, sha256="ab")
    verdicts = joblog.run_all(
        [
            commands.append("a", owner.epoch, token(1)),
            commands.append("a", owner.epoch, token(2, "é\n"), checkpoint),
            commands.append("a", owner.epoch, token(3)),
        ]
    )
    assert verdicts == [Verdict.OK] * 3
    entries = joblog.run(commands.read_log("a", after=1))
    assert [entry.token for entry in entries] == [token(2, "é\n"), token(3)]
    assert entries[0].checkpoint == checkpoint
    assert joblog.run(commands.read_log("a", after=3)) == []


def test_append_with_an_old_epoch_is_refused(joblog: JobLog) -> None:
    submit(joblog, "a")
    zombie = claim(joblog, "w1", lease_ms=1)
    expire_lease(joblog, zombie)
    assert append(joblog, zombie, 1) is Verdict.STALE  # reaped, not yet claimed again
    heir = claim(joblog, "w2")
    assert heir.epoch == zombie.epoch + 1
    assert append(joblog, zombie, 1) is Verdict.STALE
    assert append(joblog, heir, 1) is Verdict.OK
    assert len(joblog.run(commands.read_log("a"))) == 1


def test_repeated_index_and_gap_are_refused(joblog: JobLog) -> None:
    submit(joblog, "a")
    owner = claim(joblog)
    assert append(joblog, owner, 1) is Verdict.OK
    assert append(joblog, owner, 1) is Verdict.REPEATED
    assert append(joblog, owner, 3) is Verdict.GAP
    assert [entry.token.index for entry in joblog.run(commands.read_log("a"))] == [1]


def test_two_claimants_never_share_a_job(redis_url: str) -> None:
    setup = JobLog(connect(redis_url))
    for number in range(60):
        submit(setup, f"job-{number}")
    taken: dict[str, list[str]] = {"w1": [], "w2": []}
    start = threading.Barrier(2)

    def take_all(worker: str) -> None:
        mine = JobLog(connect(redis_url))
        start.wait(5)
        while claimed := mine.run(commands.claim(MODEL, worker, numeric_kind="cpu")):
            taken[worker].append(claimed.job_id)

    threads = [threading.Thread(target=take_all, args=(worker,)) for worker in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(taken["w1"] + taken["w2"]) == sorted(f"job-{n}" for n in range(60))


def test_reap_racing_append_leaves_a_gapless_log_under_one_owner_at_a_time(redis_url: str) -> None:
    """Two workers fight over one job whose lease is always about to expire."""
    setup = JobLog(connect(redis_url))
    submit(setup, "a")
    wanted = 120
    stop = threading.Event()
    written: list[tuple[int, int]] = []

    def fight(worker: str) -> None:
        mine = JobLog(connect(redis_url))
        while not stop.is_set():
            mine.run(commands.reap(LOST, max_lost_owners=1_000_000))
            owner = mine.run(commands.claim(MODEL, worker, numeric_kind="cpu", lease_ms=1))
            if owner is None:
                continue
            index = len(mine.run(commands.read_log("a"))) + 1
            while index <= wanted and append(mine, owner, index) is Verdict.OK:
                written.append((owner.epoch, index))
                index += 1
            if index > wanted:
                stop.set()

    threads = [threading.Thread(target=fight, args=(f"w{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    stop.set()
    log = setup.run(commands.read_log("a"))
    assert [entry.token.index for entry in log] == list(range(1, wanted + 1))
    assert sorted(index for _, index in written) == list(range(1, wanted + 1))
    assert len({epoch for epoch, _ in written}) > 1, "the race never happened"
    by_index = [epoch for epoch, _ in sorted(written, key=lambda pair: pair[1])]
    assert by_index == sorted(by_index), "an old epoch wrote behind a newer one"


def test_finish_ends_once_and_frees_the_lease(joblog: JobLog) -> None:
    submit(joblog, "a")
    owner = claim(joblog)
    ending = ErrorEvent(code=ErrorCode.GENERATION_FAILED, detail="x")
    finish = commands.finish("a", owner.epoch, JobStatus.FAILED, ending, model=MODEL)
    assert joblog.run(finish) is Verdict.OK
    assert joblog.run(finish) is Verdict.REPEATED
    assert append(joblog, owner, 1) is Verdict.STALE
    assert joblog.run(commands.running_count()) == 0
    job = joblog.run(commands.read_job("a"))
    assert job is not None
    assert job.ending == ending
    assert job.ended_at is not None


def test_released_job_returns_to_the_front_and_keeps_its_log(joblog: JobLog) -> None:
    submit(joblog, "a")
    submit(joblog, "b")
    owner = claim(joblog)
    append(joblog, owner, 1)
    release = commands.release("a", owner.epoch, model=MODEL, priority=Priority.INTERACTIVE)
    assert joblog.run(release)
    assert not joblog.run(release)
    heir = claim(joblog, "w2")
    assert (heir.job_id, heir.epoch) == ("a", 2)
    assert append(joblog, heir, 2) is Verdict.OK


def test_story_written_by_two_kinds_of_arithmetic_says_so(joblog: JobLog) -> None:
    submit(joblog, "a")
    kinds = []
    for kind in ("cpu", "cpu", "gpu"):
        owner = claim(joblog, kind=kind)
        kinds.append(owner.numeric_kind)
        joblog.run(commands.release("a", owner.epoch, model=MODEL, priority=Priority.INTERACTIVE))
    assert kinds == ["cpu", "cpu", "mixed"]


def test_cancel_queued_and_running_is_final_and_idempotent(joblog: JobLog) -> None:
    submit(joblog, "running")
    owner = claim(joblog)
    submit(joblog, "queued")
    for job_id in ("running", "queued"):
        assert cancel(joblog, job_id) is Cancellation.CANCELLED
        assert cancel(joblog, job_id) is Cancellation.ENDED
        assert status(joblog, job_id) is JobStatus.CANCELLED
    assert cancel(joblog, "nobody") is Cancellation.UNKNOWN
    assert append(joblog, owner, 1) is Verdict.STALE
    assert joblog.run(commands.claim(MODEL, "w2", numeric_kind="cpu")) is None
    assert joblog.run(commands.running_count()) == 0


def test_job_that_loses_too_many_owners_fails_and_stops(joblog: JobLog) -> None:
    submit(joblog, "a")
    for _ in range(3):
        owner = claim(joblog, lease_ms=1)
        wait_until(
            lambda: bool(joblog.run(commands.reap(LOST, max_lost_owners=3))),
            seconds=5,
            what="lease expired",
        )
    job = joblog.run(commands.read_job("a"))
    assert job is not None
    assert (job.status, job.ending) == (JobStatus.FAILED, LOST)
    assert append(joblog, owner, 1) is Verdict.STALE
    assert joblog.run(commands.claim(MODEL, "w2", numeric_kind="cpu")) is None


def test_owners_that_made_progress_are_not_counted_against_a_job(joblog: JobLog) -> None:
    submit(joblog, "a")
    reap = commands.reap(LOST, max_lost_owners=2)
    for index in range(1, 5):
        owner = claim(joblog, lease_ms=1)
        assert append(joblog, owner, index) is Verdict.OK
        wait_until(lambda: bool(joblog.run(reap)), seconds=5, what="lease expired")
    assert status(joblog, "a") is JobStatus.QUEUED


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
    joblog.run(commands.retire("w1"))
    assert joblog.run(commands.workers()) == []
    assert joblog.run(commands.Command(("HLEN", "workers"), int)) == 0


def connect_score(joblog: JobLog, job_id: str) -> float:
    """Milliseconds that the job's lease has left, by Redis' own clock."""
    expiry = joblog.run(commands.Command(("ZSCORE", "leases", job_id), float))
    seconds, micros = joblog.run(commands.Command(("TIME",), lambda answer: answer))
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


async def test_async_face_speaks_the_same_commands(redis_url: str) -> None:
    client = connect_async(redis_url)
    joblog = AsyncJobLog(client)
    await client.script_flush()
    assert await joblog.run(
        commands.submit("a", spec(), model=MODEL, priority=Priority.BATCH, tenant="t")
    )
    owner = await joblog.run(commands.claim(MODEL, "w1", numeric_kind="cpu"))
    assert owner is not None
    assert await joblog.run(commands.append("a", owner.epoch, token(1))) is Verdict.OK
    assert [entry.token for entry in await joblog.run(commands.read_log("a"))] == [token(1)]
    await client.aclose()
    absent = connect_async(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(StoreUnavailableError):
        await AsyncJobLog(absent).run(commands.ping())
    await absent.aclose()
