"""How long stories let their readers wait for a first token, as Redis itself has measured it."""

import pytest

from shared.joblog import (
    Claim,
    Command,
    Foretold,
    JobLog,
    Statistics,
    Verdict,
    commands,
    measures,
)
from tests.unit.shared.joblog_acts import MODEL, append, claim, expire_lease, submit
from tests.unit.shared.turn_acts import worker


def begun(joblog: JobLog, job_id: str, *, waited: float = 0.0, lease_ms: int = 60_000) -> Claim:
    """Claim a job that was accepted so many seconds ago."""
    submit(joblog, job_id)
    job = joblog.run(commands.read_job(job_id))
    assert job is not None
    accepted = job.created_at - waited
    joblog.run(Command(("HSET", f"job:{{{job_id}}}", "created_at", accepted), int))
    return claim(joblog, lease_ms=lease_ms)


def measured(joblog: JobLog) -> list[float]:
    return joblog.run(measures.first_tokens(MODEL))


def test_first_token_is_timed_from_acceptance_and_later_ones_are_not(joblog: JobLog) -> None:
    owner = begun(joblog, "a", waited=100)
    assert measured(joblog) == []
    assert append(joblog, owner, 1) is Verdict.OK
    (seconds,) = measured(joblog)
    assert 100 <= seconds < 110
    assert append(joblog, owner, 1) is Verdict.REPEATED
    assert append(joblog, owner, 2) is Verdict.OK
    assert measured(joblog) == [seconds]
    assert joblog.run(measures.first_tokens("other")) == []


def test_story_that_goes_on_elsewhere_counts_once(joblog: JobLog) -> None:
    dead = begun(joblog, "a", lease_ms=1)
    append(joblog, dead, 1)
    expire_lease(joblog, dead)
    released = claim(joblog)
    append(joblog, released, 2)
    back = commands.release("a", released.epoch)
    assert joblog.run(back)
    assert append(joblog, claim(joblog), 3) is Verdict.OK
    assert len(measured(joblog)) == 1


def test_owner_that_died_before_the_first_token_is_part_of_the_wait(joblog: JobLog) -> None:
    expire_lease(joblog, begun(joblog, "a", waited=100, lease_ms=1))
    append(joblog, claim(joblog), 1)
    (seconds,) = measured(joblog)
    assert seconds >= 100


def test_only_the_last_stories_are_kept_newest_first(joblog: JobLog) -> None:
    for number in range(measures.FIRST_TOKENS_KEPT + 2):
        append(joblog, begun(joblog, f"job-{number}", waited=1000.0 * number), 1)
    seconds = measured(joblog)
    assert len(seconds) == measures.FIRST_TOKENS_KEPT
    assert seconds == sorted(seconds, reverse=True)
    assert 2000 <= seconds[-1] < 2100


def test_what_was_foretold_is_kept_with_what_came(joblog: JobLog) -> None:
    """Of a story without words yet; whoever tells it later has told nothing."""
    told = Foretold(before=3, raw_p50=1.0, raw_p90=2.0, p50=1.5, p90=2.5)
    submit(joblog, "a")
    assert joblog.run(measures.foretell("a", told))
    append(joblog, claim(joblog), 1)
    submit(joblog, "b")
    append(joblog, claim(joblog), 1)
    assert not joblog.run(measures.foretell("b", told))
    assert not joblog.run(measures.foretell("unknown", told))
    (kept,) = joblog.run(measures.estimates(MODEL))
    assert kept.foretold == told
    assert 0 <= kept.seconds < 10


def measure(joblog: JobLog, *paces: float) -> Statistics:
    for each in paces:
        joblog.run(commands.heartbeat(worker("cpu"), [], pace=each))
    return joblog.run(measures.statistics(MODEL))


def test_pace_of_full_workers_is_what_they_wrote_in_all_those_seconds(joblog: JobLog) -> None:
    assert (measure(joblog).paces, measure(joblog).pace) == (0, 0)
    known = measure(joblog, 20.0, 40.0, 10.0, 80.0, 20.0, 0.0)
    assert known.paces == 5, "the last time not all slots were in use"
    assert known.pace == pytest.approx(170 / 5)


def test_pace_of_long_ago_is_forgotten(joblog: JobLog) -> None:
    measure(joblog, *[20.0] * 40)
    changed = measure(joblog, *[60.0] * 5)
    assert changed.paces == 10
    assert 30 < changed.pace < 45
    assert measure(joblog, *[60.0] * 50).pace == pytest.approx(60, rel=0.02)
