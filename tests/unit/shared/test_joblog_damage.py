"""Records and logs that somebody spoilt by hand: the job ends, its neighbours never notice."""

from collections.abc import Callable, Iterator

import pytest
import redis
from redis.exceptions import ResponseError

from shared.errors import DamagedRecordError
from shared.joblog import Command, JobLog, Verdict, commands, keys, measures
from shared.joblog.answers import parse
from shared.operations import WorkerInfo
from shared.schemas import JobStatus, Priority
from tests.unit.shared.joblog_acts import (
    LOST,
    MODEL,
    append,
    claim,
    spec,
    status,
    submit,
    told_ended,
)

SPOILT, HEALTHY = "spoilt", "healthy"
RECORD, LOG = keys.job(SPOILT), keys.log(SPOILT)
Spoil = Callable[["redis.Redis"], object]
FIELDS = ("spec", "epoch", "count", "created_at", "model", "priority", "sequence", "failures")
INFO = WorkerInfo(
    id="w1",
    model=MODEL,
    model_sha256="aa",
    numeric_kind="cpu",
    context_length=64,
    slots=2,
    running=2,
    tokens_per_second=1.0,
)


@pytest.fixture
def client(redis_url: str) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


def without(field: str) -> Spoil:
    return lambda client: client.hdel(RECORD, field)


def with_garbage(field: str) -> Spoil:
    return lambda client: client.hset(RECORD, field, "garbage")


def of_another_type(client: "redis.Redis") -> None:
    client.delete(RECORD)
    client.set(RECORD, "x")


SPOILS = {
    **{f"without {field}": without(field) for field in FIELDS},
    **{f"garbage as {field}": with_garbage(field) for field in FIELDS},
    "a string": of_another_type,
}
any_spoil = pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)


def healthy_is_written(joblog: JobLog) -> None:
    """Whoever is asked next gets the healthy job, if not at once then behind the spoilt one."""
    for _ in range(8):
        claimed = joblog.run(commands.claim(MODEL, "w1", numeric_kind="cpu", lease_ms=0))
        if claimed and claimed.job_id == HEALTHY:
            assert append(joblog, claimed, 1) is Verdict.OK
            return
        joblog.run(commands.reap(LOST, max_lost_owners=3))
    pytest.fail("the healthy job was never handed out")


@any_spoil
def test_spoilt_job_that_waits_stops_nobody(
    joblog: JobLog, client: "redis.Redis", spoil: Spoil
) -> None:
    submit(joblog, SPOILT)
    submit(joblog, HEALTHY)
    spoil(client)
    assert joblog.run(measures.backlog(MODEL)).depth[Priority.INTERACTIVE] == 2
    try:
        healthy_is_written(joblog)
    except DamagedRecordError:  # what a worker's claim raises of a specification that is none
        healthy_is_written(joblog)


@any_spoil
def test_spoilt_job_in_a_workers_hands_costs_its_others_nothing(
    joblog: JobLog, client: "redis.Redis", spoil: Spoil
) -> None:
    submit(joblog, SPOILT)
    spoilt = claim(joblog)
    submit(joblog, HEALTHY)
    healthy = claim(joblog)
    spoil(client)
    appended = append(joblog, spoilt, 1)
    assert append(joblog, healthy, 1) is Verdict.OK
    assert appended in set(Verdict), "an answer, or its worker would ask again and again"
    owned = [(SPOILT, spoilt.epoch), (HEALTHY, healthy.epoch)]
    lost = joblog.run(commands.heartbeat(INFO, owned))
    assert (HEALTHY, healthy.epoch) not in lost
    assert joblog.run(measures.backlog(MODEL)).running >= 1
    client.zadd(keys.LEASES, {SPOILT: 0})
    joblog.run(commands.reap(LOST, max_lost_owners=1))
    assert append(joblog, spoilt, 2) is not Verdict.OK
    assert status(joblog, HEALTHY) is JobStatus.RUNNING


@pytest.mark.parametrize("field", FIELDS[:-1])
def test_job_without_what_it_needs_is_left_to_who_accepted_it(
    joblog: JobLog, client: "redis.Redis", field: str
) -> None:
    """It is nobody's attempt that failed, and it has no ending: it can be written anew."""
    submit(joblog, SPOILT)
    client.hdel(RECORD, field)
    for _ in range(3):
        joblog.run(commands.claim(MODEL, "w1", numeric_kind="cpu", lease_ms=0))
        assert joblog.run(commands.reap(LOST, max_lost_owners=1)) == []
    assert joblog.run(commands.read_status(SPOILT)) is None
    assert told_ended(client) == []
    assert joblog.run(commands.running_count()) == 0
    assert resubmit(joblog, damaged=joblog.run(commands.read_damage(SPOILT)))
    assert claim(joblog).job_id == SPOILT


def test_record_that_cannot_be_read_is_no_record(joblog: JobLog, client: "redis.Redis") -> None:
    for spoil in (without("tenant"), with_garbage("status"), of_another_type):
        client.flushall()
        submit(joblog, SPOILT)
        spoil(client)
        assert joblog.run(commands.read_job(SPOILT)) is None


@any_spoil
def test_record_that_cannot_be_read_and_no_other_is_replaced_once(
    joblog: JobLog, client: "redis.Redis", spoil: Spoil
) -> None:
    submit(joblog, SPOILT)
    spoil(client)
    cannot_be_read = joblog.run(commands.read_job(SPOILT)) is None
    damaged = joblog.run(commands.read_damage(SPOILT))
    assert resubmit(joblog, damaged=damaged) is cannot_be_read
    assert not resubmit(joblog, damaged=damaged), "whoever is slower finds it whole"


@pytest.mark.parametrize("spoil", [without("sequence"), with_garbage("status"), of_another_type])
def test_job_whose_record_is_replaced_is_written_anew(
    joblog: JobLog, client: "redis.Redis", spoil: Spoil
) -> None:
    submit(joblog, SPOILT)
    former = claim(joblog)
    append(joblog, former, 1)
    spoil(client)
    resubmit(joblog, damaged=joblog.run(commands.read_damage(SPOILT)))
    again = claim(joblog)
    assert again.spec == former.spec
    assert append(joblog, former, 2) is Verdict.STALE
    assert append(joblog, again, 1) is Verdict.OK
    assert joblog.run(measures.backlog(MODEL)).depth[Priority.INTERACTIVE] == 0


def resubmit(joblog: JobLog, *, damaged: str) -> bool:
    return joblog.run(
        commands.submit(
            SPOILT,
            spec(),
            model=MODEL,
            priority=Priority.INTERACTIVE,
            tenant="anna",
            lost_age_seconds=1.0,
            damaged=damaged,
        )
    )


def test_status_that_cannot_be_read_is_none_and_hides_no_other(
    joblog: JobLog, client: "redis.Redis"
) -> None:
    for spoil in (without("status"), with_garbage("status"), of_another_type):
        client.flushall()
        submit(joblog, SPOILT)
        submit(joblog, HEALTHY)
        spoil(client)
        asked = [commands.read_status(job_id) for job_id in (SPOILT, HEALTHY)]
        assert joblog.run_all(asked) == [None, JobStatus.QUEUED]


def test_log_with_garbage_in_it_tells_nothing(joblog: JobLog, client: "redis.Redis") -> None:
    submit(joblog, SPOILT)
    owner = claim(joblog)
    append(joblog, owner, 1)
    client.xadd(LOG, {"event": "garbage", "checkpoint": ""}, id="2-0")
    with pytest.raises(DamagedRecordError):
        joblog.run(commands.read_log(SPOILT))
    assert append(joblog, owner, 2) is Verdict.DAMAGED


def test_log_of_another_type_takes_nothing(joblog: JobLog, client: "redis.Redis") -> None:
    submit(joblog, SPOILT)
    owner = claim(joblog)
    client.set(LOG, "x")
    assert append(joblog, owner, 1) is Verdict.DAMAGED
    assert joblog.run(commands.read_log(SPOILT)) == []


@pytest.mark.parametrize(
    "where", ["", "ERR Error running script (call to f_1): @user_script: 30: "]
)
def test_key_of_another_type_is_read_as_nothing(where: str) -> None:
    """Also as Redis 6 tells it of a script."""
    refused = ResponseError(f"{where}WRONGTYPE Operation against a key of another kind")
    assert parse([Command(("EVALSHA", "1"), bool)], [refused]) == [False]


def test_what_is_no_answer_is_told_as_damage(joblog: JobLog, client: "redis.Redis") -> None:
    client.set(keys.LEASES, "x")
    with pytest.raises(DamagedRecordError):
        joblog.run(commands.running_count())


def test_statistics_that_are_none_are_as_good_as_none(
    joblog: JobLog, client: "redis.Redis"
) -> None:
    nothing = joblog.run(measures.statistics(MODEL))
    client.set(keys.statistics(MODEL), "x")
    assert joblog.run(measures.statistics(MODEL)) == nothing
