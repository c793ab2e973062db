"""The job log against a real Redis: one owner at a time, no gap, no repeat, one ending."""

from shared.errors import ErrorCode
from shared.events import CheckpointEvent, ErrorEvent
from shared.joblog import Cancellation, JobLog, LogEntry, Verdict, commands, turns
from shared.schemas import JobStatus, Priority
from tests.processes import wait_until
from tests.unit.shared.joblog_acts import (
    LOST,
    MODEL,
    append,
    cancel,
    claim,
    expire_lease,
    spec,
    status,
    submit,
    token,
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
    where = turns.standing("b", "anna", model=MODEL, priority=Priority.INTERACTIVE, most_tokens=16)
    positions = []
    while (standing := joblog.run(where)) is not None:
        positions.append(standing.position)
        claim(joblog)
    assert positions == [1, 0]


def test_appended_tokens_are_read_from_any_cursor(joblog: JobLog) -> None:
    submit(joblog, "a")
    owner = claim(joblog)
    checkpoint = CheckpointEvent(index=2, sha256="ab")
    verdicts = joblog.run_all(
        [
            commands.append("a", owner.epoch, token(1), model=MODEL),
            commands.append("a", owner.epoch, token(2, "é\n"), checkpoint, model=MODEL),
            commands.append("a", owner.epoch, token(3), model=MODEL),
        ]
    )
    assert verdicts == [Verdict.OK] * 3
    entries = joblog.run(commands.read_log("a", after=1))
    assert [entry.token for entry in entries] == [token(2, "é\n"), token(3)]
    assert entries[0].checkpoint == checkpoint
    assert joblog.run(commands.read_log("a", after=3)) == []


def test_tokens_that_are_appended_together_are_an_entry_each(joblog: JobLog) -> None:
    submit(joblog, "a")
    owner = claim(joblog)
    checkpoint = CheckpointEvent(index=2, sha256="ab")
    together = commands.append(
        "a", owner.epoch, token(1), token(2), checkpoint, token(3), model=MODEL, prompt_tokens=5
    )
    assert joblog.run(together) is Verdict.OK
    assert joblog.run(together) is Verdict.REPEATED
    entries = joblog.run(commands.read_log("a"))
    assert entries == [
        LogEntry(token(1), None),
        LogEntry(token(2), checkpoint),
        LogEntry(token(3), None),
    ]
    job = joblog.run(commands.read_job("a"))
    assert job is not None
    assert (job.count, job.prompt_tokens) == (3, 5)


def test_tokens_behind_a_gap_are_refused_together(joblog: JobLog) -> None:
    submit(joblog, "a")
    owner = claim(joblog)
    behind = commands.append("a", owner.epoch, token(2), token(3), model=MODEL)
    assert joblog.run(behind) is Verdict.GAP
    assert append(joblog, owner, 1) is Verdict.OK
    assert joblog.run(behind) is Verdict.OK
    assert [entry.token.index for entry in joblog.run(commands.read_log("a"))] == [1, 2, 3]


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
    release = commands.release("a", owner.epoch)
    assert joblog.run(release)
    assert not joblog.run(release)
    heir = claim(joblog, "w2")
    assert (heir.job_id, heir.epoch) == ("a", 2)
    assert append(joblog, heir, 2) is Verdict.OK


def test_story_written_by_two_kinds_of_arithmetic_says_so(joblog: JobLog) -> None:
    submit(joblog, "a")
    kinds = []
    for index, kind in enumerate(("cpu", "cpu", "gpu"), start=1):
        owner = claim(joblog, kind=kind)
        kinds.append(owner.numeric_kind)
        append(joblog, owner, index)
        joblog.run(commands.release("a", owner.epoch))
    assert kinds == ["cpu", "cpu", "mixed"]


def test_who_wrote_nothing_of_a_story_lends_it_no_arithmetic(joblog: JobLog) -> None:
    submit(joblog, "a")
    joblog.run(commands.release("a", claim(joblog, kind="cpu").epoch))
    assert claim(joblog, kind="gpu").numeric_kind == "gpu"


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
