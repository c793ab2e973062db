"""Deadlines, lost jobs and whole logs: what the transitions say of them."""

from shared.errors import ErrorCode
from shared.events import ErrorEvent
from shared.joblog import JobLog, Verdict, archiving, commands, deadlines
from shared.schemas import GenerateRequest, JobStatus, Priority
from tests.processes import wait_until
from tests.unit.api.acting import done
from tests.unit.shared.joblog_acts import MODEL, append, claim, spec, status, submit


def submit_with_deadline(
    joblog: JobLog, job_id: str, seconds: float, *, lost_age_seconds: float | None = None
) -> None:
    request = GenerateRequest(story_seed="a fox", deadline_seconds=seconds)
    made = spec().model_copy(update={"request": request})
    command = commands.submit(
        job_id,
        made,
        model=MODEL,
        priority=Priority.INTERACTIVE,
        tenant="anna",
        lost_age_seconds=lost_age_seconds,
    )
    assert joblog.run(command)


def wait_for_expiry(joblog: JobLog, *ids: str) -> None:
    found: list[str] = []

    def expired() -> bool:
        expired_now: list[str] = joblog.run(deadlines.expire())
        found.extend(expired_now)
        return len(found) == len(ids)

    wait_until(expired, seconds=5, what="expired")
    assert set(found) == set(ids)


def test_job_that_has_not_begun_by_its_deadline_expires_once(joblog: JobLog) -> None:
    submit_with_deadline(joblog, "late", 0.001)
    submit_with_deadline(joblog, "patient", 60)
    submit(joblog, "timeless")
    wait_for_expiry(joblog, "late")
    job = joblog.run(commands.read_job("late"))
    assert job is not None
    assert job.status is JobStatus.EXPIRED
    assert isinstance(job.ending, ErrorEvent)
    assert job.ending.code is ErrorCode.EXPIRED
    assert job.ended_at is not None
    assert joblog.run(deadlines.expire()) == []
    assert [entry.job_id for entry in joblog.run(archiving.collect(limit=9))] == ["late"]
    assert [claim(joblog).job_id for _ in range(2)] == ["patient", "timeless"]


def test_job_that_is_too_late_is_not_claimed_before_it_expires(joblog: JobLog) -> None:
    submit_with_deadline(joblog, "late", 10, lost_age_seconds=11)
    assert joblog.run(commands.claim(MODEL, "w1", numeric_kind="cpu")) is None
    assert status(joblog, "late") is JobStatus.QUEUED
    wait_for_expiry(joblog, "late")


def test_owner_is_told_how_much_time_is_left(joblog: JobLog) -> None:
    submit(joblog, "timeless")
    assert claim(joblog).seconds_left is None
    submit_with_deadline(joblog, "a", 60)
    owner = claim(joblog)
    assert owner.seconds_left is not None
    assert 55 < owner.seconds_left <= 60


def test_begun_job_does_not_expire_and_is_claimed_after_its_deadline(joblog: JobLog) -> None:
    submit_with_deadline(joblog, "a", 0.2)
    owner = claim(joblog)
    assert append(joblog, owner, 1) is Verdict.OK
    release = commands.release("a", owner.epoch)
    assert joblog.run(release)
    left: list[float] = []

    def is_over() -> bool:
        assert joblog.run(deadlines.expire()) == []
        heir = claim(joblog)
        assert heir.seconds_left is not None
        left.append(heir.seconds_left)
        back = commands.release("a", heir.epoch)
        assert joblog.run(back)
        return left[-1] <= 0

    wait_until(is_over, seconds=5, what="the deadline has passed")


def test_lost_job_keeps_its_age_and_counts_attempts_anew_under_new_epochs(joblog: JobLog) -> None:
    submit(joblog, "new")
    first = claim(joblog)
    submit_with_deadline(joblog, "lost", 60, lost_age_seconds=20)
    job = joblog.run(commands.read_job("lost"))
    assert job is not None
    assert job.attempts == 0
    again = claim(joblog)
    assert (again.job_id, again.attempt) == ("lost", 1)
    assert again.epoch > 1_000_000 * first.epoch
    assert 20 <= again.age_seconds < 25
    assert again.seconds_left is not None
    assert 35 < again.seconds_left <= 40


def test_story_is_done_only_if_the_log_has_all_of_it(joblog: JobLog) -> None:
    submit(joblog, "a")
    owner = claim(joblog)
    assert append(joblog, owner, 1) is Verdict.OK

    def finish(tokens: int) -> Verdict:
        ending = done("x", tokens)
        return joblog.run(
            commands.finish("a", owner.epoch, JobStatus.SUCCEEDED, ending, model=MODEL)
        )

    assert finish(2) is Verdict.GAP
    assert status(joblog, "a") is JobStatus.RUNNING
    assert finish(1) is Verdict.OK
