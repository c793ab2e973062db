"""Begun jobs whose deadline passes in nobody's hands: found, and ended unless they are taken up."""

import pytest

from shared.events import DoneEvent
from shared.joblog import Claim, Command, Job, JobLog, Verdict, archiving, commands, deadlines, keys
from shared.schemas import JobStatus, Priority
from tests.processes import wait_until
from tests.unit.api.acting import done
from tests.unit.shared.joblog_acts import LOST, MODEL, append, claim, status, submit
from tests.unit.shared.test_deadlines import submit_with_deadline

ENDING = done("x", 1)


def begun(joblog: JobLog, *, deadline: float = 0.05, lease_ms: int = 60_000) -> Claim:
    """A story of one token, at the latest after this past its deadline."""
    submit_with_deadline(joblog, "a", deadline)
    owner = claim(joblog, lease_ms=lease_ms)
    assert append(joblog, owner, 1) is Verdict.OK
    return owner


def overdue(joblog: JobLog) -> list[str]:
    """As the loop asks: what has not begun was ended before."""
    assert joblog.run(deadlines.expire()) == []
    found: list[str] = joblog.run(deadlines.overdue())
    return found


def wait_until_overdue(joblog: JobLog) -> Job:
    wait_until(lambda: overdue(joblog) == ["a"], seconds=5, what="overdue")
    job = joblog.run(commands.read_job("a"))
    assert job is not None
    return job


def release(joblog: JobLog, owner: Claim) -> None:
    given_back = commands.release("a", owner.epoch)
    assert joblog.run(given_back)


def conclude(joblog: JobLog, job: Job) -> bool:
    return joblog.run(deadlines.conclude(job, JobStatus.SUCCEEDED, ENDING))


def test_given_back_story_is_overdue_and_ended_once(joblog: JobLog) -> None:
    release(joblog, begun(joblog))
    job = wait_until_overdue(joblog)
    assert conclude(joblog, job)
    assert not conclude(joblog, job)
    ended = joblog.run(commands.read_job("a"))
    assert ended is not None
    assert (ended.status, ended.ending, ended.count) == (JobStatus.SUCCEEDED, ENDING, 1)
    assert [entry.job_id for entry in joblog.run(archiving.collect(limit=9))] == ["a"]
    assert overdue(joblog) == []
    assert joblog.run(commands.claim(MODEL, "w2", numeric_kind="cpu")) is None
    assert joblog.run(commands.waiting_count(MODEL, Priority.INTERACTIVE)) == 0


def test_story_of_a_lost_worker_is_overdue_and_its_zombie_is_refused(joblog: JobLog) -> None:
    owner = begun(joblog, lease_ms=1)
    job = wait_until_overdue(joblog)
    assert job.status is JobStatus.RUNNING
    assert conclude(joblog, job)
    assert append(joblog, owner, 2) is Verdict.STALE
    assert joblog.run(commands.reap(LOST)) == []
    assert joblog.run(commands.running_count()) == 0


def test_story_in_a_workers_hands_is_its_workers_to_end(joblog: JobLog) -> None:
    owner = begun(joblog)
    submit_with_deadline(joblog, "late", 0.1)
    wait_until(lambda: joblog.run(deadlines.expire()) == ["late"], seconds=5, what="time is up")
    assert overdue(joblog) == []
    finish = commands.finish("a", owner.epoch, JobStatus.SUCCEEDED, ENDING, model=MODEL)
    assert joblog.run(finish) is Verdict.OK
    assert joblog.run(deadlines.expire()) == []
    listed = Command(("ZCARD", keys.DEADLINES), int)
    assert joblog.run(listed) == 0, "nothing is kept of those that have ended"


@pytest.mark.parametrize("is_still_held", [True, False])
def test_story_that_somebody_takes_up_meanwhile_is_not_ended(
    joblog: JobLog, is_still_held: bool
) -> None:
    release(joblog, begun(joblog))
    job = wait_until_overdue(joblog)
    heir = claim(joblog, "w2")
    if not is_still_held:
        release(joblog, heir)
    assert not conclude(joblog, job)
    assert status(joblog, "a") is (JobStatus.RUNNING if is_still_held else JobStatus.QUEUED)


def test_story_that_a_worker_without_a_lease_goes_on_with_is_not_ended_behind_its_back(
    joblog: JobLog,
) -> None:
    owner = begun(joblog, lease_ms=1)
    job = wait_until_overdue(joblog)
    assert append(joblog, owner, 2) is Verdict.OK
    assert not conclude(joblog, job)
    assert status(joblog, "a") is JobStatus.RUNNING


def test_only_the_owner_foresees_an_ending(joblog: JobLog) -> None:
    submit(joblog, "a")
    owner = claim(joblog)

    def foresee(epoch: int, ending: DoneEvent) -> bool:
        return joblog.run(deadlines.foresee("a", epoch, ending))

    assert foresee(owner.epoch, ENDING)
    assert not foresee(owner.epoch + 1, done("y", 2))
    job = joblog.run(commands.read_job("a"))
    assert job is not None
    assert job.late_ending == ENDING
    release(joblog, owner)
    assert not foresee(owner.epoch, done("y", 2))
