"""A story that had its quantum makes room for who waits, and says what it would have said."""

import contextlib

import pytest

from services.worker import tasks
from services.worker.engine_thread import EngineThread
from shared.connections import connect
from shared.errors import DamagedRecordError
from shared.events import DoneEvent
from shared.joblog import JobLog, commands, keys
from shared.schemas import JobStatus, Priority
from tests.jobs import job_spec
from tests.unit.worker.conftest import Start
from tests.unit.worker.writing import read

QUANTUM = 8
HELD_BACK = pytest.mark.parametrize("seconds", [0.0, 3_600.0])
"""For how long tokens are held back; what is handed on, the log has."""
SEEDS = {"anna": 1, "ben": 2, "carl": 3}


def ask(joblog: JobLog, job_id: str, payer: str, *, tokens: int = 100, seed: int = 7) -> None:
    joblog.run(
        commands.submit(
            job_id,
            job_spec(tokens=tokens, seed=seed),
            model="tiny",
            priority=Priority.INTERACTIVE,
            tenant="all",
            payer=payer,
        )
    )


def told(joblog: JobLog, job_id: str) -> list[tuple[int, str, list[int], str | None]]:
    """All that a reader gets of it, checkpoints included."""
    return [
        (
            entry.token.index,
            entry.token.text,
            entry.token.ids,
            entry.checkpoint.sha256 if entry.checkpoint else None,
        )
        for entry in joblog.run(commands.read_log(job_id))
    ]


def write(joblog: JobLog, thread: EngineThread) -> None:
    tasks.write_one(joblog, thread, "w")


@HELD_BACK
def test_newcomer_gets_the_slot_and_the_saga_goes_on_unchanged(
    joblog: JobLog, start: Start, seconds: float
) -> None:
    undisturbed = start(joblog)
    ask(joblog, "whole", "somebody")
    write(joblog, undisturbed)
    thread = start(joblog, quantum=QUANTUM, stream_interval=seconds)
    ask(joblog, "saga", "anna")
    ask(joblog, "new", "ben", tokens=5)
    write(joblog, thread)
    assert read(joblog, "saga").status is JobStatus.QUEUED
    assert read(joblog, "saga").count == QUANTUM
    assert read(joblog, "new").status is JobStatus.SUCCEEDED, "by the same permit"
    write(joblog, thread)
    assert told(joblog, "saga") == told(joblog, "whole")
    saga = read(joblog, "saga")
    assert (saga.status, saga.attempts, saga.pickups) == (JobStatus.SUCCEEDED, 1, ())


@HELD_BACK
def test_sagas_that_push_each_other_out_again_and_again_change_no_byte(
    joblog: JobLog, start: Start, seconds: float
) -> None:
    undisturbed = start(joblog)
    for payer, seed in SEEDS.items():
        ask(joblog, f"{payer}-whole", payer, seed=seed)
        write(joblog, undisturbed)
    thread = start(joblog, quantum=QUANTUM, stream_interval=seconds)
    for payer, seed in SEEDS.items():
        ask(joblog, payer, payer, seed=seed)
    for _ in SEEDS:
        write(joblog, thread)
    for payer in SEEDS:
        assert told(joblog, payer) == told(joblog, f"{payer}-whole")
        job, whole = read(joblog, payer), read(joblog, f"{payer}-whole")
        assert isinstance(job.ending, DoneEvent)
        assert job.ending == whole.ending, "the receipt, too"
        assert job.attempts == 1
    assert any(read(joblog, payer).epoch > 2 for payer in SEEDS), "nobody was pushed out twice"
    assert thread.in_hand() == []


def test_story_alone_is_never_put_back(joblog: JobLog, start: Start) -> None:
    thread = start(joblog, quantum=QUANTUM)
    for number in range(3):
        ask(joblog, f"saga-{number}", "anna", seed=number)
    for number in range(3):
        write(joblog, thread)
        assert read(joblog, f"saga-{number}").epoch == 1


def test_slot_that_is_handed_on_to_a_damaged_record_is_left_to_its_lease(
    joblog: JobLog, redis_url: str, start: Start
) -> None:
    thread = start(joblog, quantum=QUANTUM)
    ask(joblog, "saga", "anna")
    ask(joblog, "new", "ben", tokens=5)
    with contextlib.closing(connect(redis_url)) as client:
        client.hset(keys.job("new"), "spec", "garbage")
    with pytest.raises(DamagedRecordError):
        write(joblog, thread)
    write(joblog, thread)
    assert read(joblog, "saga").status is JobStatus.SUCCEEDED
