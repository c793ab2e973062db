"""A running story hands its slot on: to whom, when, and what that costs it."""

from shared.joblog import JobLog, commands
from shared.schemas import JobStatus, Priority
from tests.unit.shared.joblog_acts import (
    claim,
    expire_lease,
    status,
    submit,
)
from tests.unit.shared.turn_acts import (
    finish,
    flood,
    worker,
    write,
    yield_slot,
)


def test_saga_makes_room_for_a_newcomer_and_goes_on_behind(joblog: JobLog) -> None:
    submit(joblog, "saga", payer="anna", tokens=1_000)
    owner = claim(joblog)
    assert yield_slot(joblog, owner) is None, "nobody waits"
    write(joblog, owner, 128)
    assert yield_slot(joblog, owner) is None
    submit(joblog, "new", payer="ben")
    heir = yield_slot(joblog, owner)
    assert heir is not None
    assert (heir.job_id, heir.worker, heir.is_first) == ("new", "w1", True)
    assert status(joblog, "saga") is JobStatus.QUEUED
    assert yield_slot(joblog, owner) is None, "it is not the caller's any more"
    finish(joblog, heir, 5)
    again = claim(joblog)
    assert (again.job_id, again.epoch, again.attempt, again.is_first) == ("saga", 2, 1, False)
    job = joblog.run(commands.read_job("saga"))
    assert job is not None
    assert (job.attempts, job.pickups, job.count) == (1, (), 128)


def test_paused_story_is_still_at_its_first_attempt(joblog: JobLog) -> None:
    submit(joblog, "saga", payer="anna", tokens=1_000)
    owner = claim(joblog)
    write(joblog, owner, 128)
    submit(joblog, "new", payer="ben")
    yield_slot(joblog, owner)
    job = joblog.run(commands.read_job("saga"))
    assert job is not None
    assert job.attempts == 1


def test_lost_worker_after_a_pause_counts_as_one(joblog: JobLog) -> None:
    submit(joblog, "saga", payer="anna", tokens=1_000)
    owner = claim(joblog)
    write(joblog, owner, 128)
    submit(joblog, "new", payer="ben")
    heir = yield_slot(joblog, owner)
    assert heir is not None
    finish(joblog, heir, 1)
    again = claim(joblog, lease_ms=1)
    write(joblog, again, 1)
    expire_lease(joblog, again)
    assert claim(joblog).attempt == 2
    job = joblog.run(commands.read_job("saga"))
    assert job is not None
    assert job.pickups == (129,)


def test_story_does_not_make_room_for_its_payers_own(joblog: JobLog) -> None:
    flood(joblog, "anna", 3)
    owner = claim(joblog)
    write(joblog, owner, 10)
    assert yield_slot(joblog, owner) is None


def test_whoever_had_a_slot_meanwhile_waits_until_the_story_is_far_ahead(joblog: JobLog) -> None:
    submit(joblog, "saga", payer="anna", tokens=1_000)
    owner = claim(joblog)
    write(joblog, owner, 128)
    submit(joblog, "other", payer="ben", tokens=1_000)
    heir = yield_slot(joblog, owner)
    assert heir is not None
    turns_of_ben = 0
    while (back := yield_slot(joblog, heir)) is None:
        write(joblog, heir, 128)
        turns_of_ben += 1
    assert back.job_id == "saga"
    assert turns_of_ben == 5, "one to be where she was, and four"


def test_newcomer_does_not_wait_until_what_the_flood_was_charged_ahead_is_written(
    joblog: JobLog,
) -> None:
    for number in range(4):
        submit(joblog, f"saga-{number}", payer="anna", tokens=1_000)
    first, second = claim(joblog), claim(joblog)
    write(joblog, first, 128)
    finish(joblog, second, 128)
    claim(joblog)
    submit(joblog, "new", payer="ben")
    heir = yield_slot(joblog, first)
    assert heir is not None
    assert heir.job_id == "new"


def test_newcomer_who_had_more_than_its_share_waits(joblog: JobLog) -> None:
    flood(joblog, "ben", 2)
    for _ in range(2):
        finish(joblog, claim(joblog), 100)
    flood(joblog, "anna", 3)
    owner = claim(joblog)
    write(joblog, owner, 10)
    submit(joblog, "new", payer="ben")
    assert yield_slot(joblog, owner) is None
    write(joblog, owner, 200)
    heir = yield_slot(joblog, owner)
    assert heir is not None
    assert heir.job_id == "new"


def test_newcomer_is_found_behind_others_that_are_to_wait(joblog: JobLog) -> None:
    for payer in ("anna", "ben", "carl"):
        flood(joblog, payer, 5)
    owners = [claim(joblog) for _ in range(6)]
    for owner in owners:
        write(joblog, owner, 8)
    finish(joblog, owners.pop(0), 8)
    submit(joblog, "new", payer="zoe")
    heirs = [yield_slot(joblog, owner) for owner in owners]
    assert [heir.job_id for heir in heirs if heir] == ["new"]


def test_stories_of_two_floods_do_not_push_each_other_out(joblog: JobLog) -> None:
    flood(joblog, "anna", 10)
    flood(joblog, "ben", 10)
    owners = [claim(joblog) for _ in range(4)]
    for owner in owners:
        write(joblog, owner, 8)
    assert [yield_slot(joblog, owner) for owner in owners] == [None] * 4


def test_one_newcomer_takes_one_slot(joblog: JobLog) -> None:
    flood(joblog, "anna", 10)
    owners = [claim(joblog) for _ in range(4)]
    for owner in owners:
        write(joblog, owner, 8)
    submit(joblog, "new", payer="ben")
    heirs = [yield_slot(joblog, owner) for owner in owners]
    assert [heir.job_id for heir in heirs if heir] == ["new"]


def test_batch_makes_room_for_interactive_and_never_the_other_way(joblog: JobLog) -> None:
    submit(joblog, "slow", Priority.BATCH, payer="bob")
    slow = claim(joblog)
    submit(joblog, "quick", payer="bob")
    heir = yield_slot(joblog, slow, Priority.BATCH)
    assert heir is not None
    assert heir.job_id == "quick"
    write(joblog, heir, 10)
    assert yield_slot(joblog, heir) is None


def test_no_story_moves_while_workers_compute_differently(joblog: JobLog) -> None:
    for kind in ("cpu", "gpu"):
        joblog.run(commands.heartbeat(worker(kind), []))
    submit(joblog, "saga", payer="anna", tokens=1_000)
    owner = claim(joblog)
    write(joblog, owner, 128)
    submit(joblog, "new", payer="ben")
    assert yield_slot(joblog, owner) is None
