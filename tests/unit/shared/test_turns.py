"""Whose turn it is, against a real Redis: nobody waits behind another's flood, no class starves."""

import random
from collections.abc import Sequence

import pytest

from shared.connections import connect
from shared.joblog import Claim, Command, JobLog, commands, keys, parsing, turns
from shared.operations import WorkerInfo
from shared.schemas import JobStatus, Priority
from tests.unit.api.acting import done
from tests.unit.shared.joblog_acts import (
    MODEL,
    cancel,
    claim,
    expire_lease,
    status,
    submit,
    token,
)

TOKENS = 16
QUEUE = keys.waiting(MODEL, Priority.INTERACTIVE)


def flood(
    joblog: JobLog, payer: str, count: int, priority: Priority = Priority.INTERACTIVE
) -> None:
    for number in range(count):
        assert submit(joblog, f"{payer}-{number}", priority, payer=payer)


def write(joblog: JobLog, owner: Claim, tokens: int, *, prompt: int = 0) -> None:
    job = joblog.run(commands.read_job(owner.job_id))
    assert job is not None
    for index in range(job.count + 1, job.count + tokens + 1):
        joblog.run(
            commands.append(
                owner.job_id, owner.epoch, token(index), model=MODEL, prompt_tokens=prompt
            )
        )


def finish(joblog: JobLog, owner: Claim, tokens: int, *, prompt: int = 0) -> None:
    """Write it to its end."""
    write(joblog, owner, tokens, prompt=prompt)
    joblog.run(
        commands.finish(
            owner.job_id, owner.epoch, JobStatus.SUCCEEDED, done("", tokens), model=MODEL
        )
    )


def drain(joblog: JobLog, *, tokens: int = TOKENS, at_once: int = 1) -> list[str]:
    """Take up and write all that wait, so many at a time; answers them in their order."""
    order: list[str] = []
    while True:
        claims = joblog.run_all([commands.claim(MODEL, "w", numeric_kind="k")] * at_once)
        owners = [each for each in claims if each is not None]
        if not owners:
            return order
        for owner in owners:
            order.append(owner.job_id)
            finish(joblog, owner, tokens)


def payers_of(job_ids: Sequence[str]) -> list[str]:
    return [job_id.partition("-")[0] for job_id in job_ids]


def yield_slot(
    joblog: JobLog,
    owner: Claim,
    priority: Priority = Priority.INTERACTIVE,
    *,
    quantum: int = 128,
) -> Claim | None:
    answer = joblog.run(
        turns.yield_slot(
            owner.job_id,
            owner.epoch,
            model=MODEL,
            priority=priority,
            worker="w1",
            numeric_kind="cpu",
            quantum=quantum,
        )
    )
    return parsing.claim(answer)


def served(joblog: JobLog, payer: str) -> float | None:
    """What is remembered of one who waits for nothing."""
    score: str | None = joblog.run(
        Command(("ZSCORE", f"{QUEUE}:served", payer), lambda score: score)
    )
    return None if score is None else float(score)


def position(
    joblog: JobLog, job_id: str, payer: str, priority: Priority = Priority.INTERACTIVE
) -> int | None:
    standing = joblog.run(
        turns.standing(job_id, payer, model=MODEL, priority=priority, most_tokens=TOKENS)
    )
    return None if standing is None else standing.position


def test_newcomer_goes_before_the_flood_that_came_first(joblog: JobLog) -> None:
    flood(joblog, "anna", 20)
    finish(joblog, claim(joblog), TOKENS)
    submit(joblog, "ben-0", payer="ben")
    assert claim(joblog).job_id == "ben-0"
    assert claim(joblog).job_id == "anna-1"


def test_newcomer_goes_first_before_anything_of_the_flood_is_written(joblog: JobLog) -> None:
    flood(joblog, "anna", 20)
    claims = [claim(joblog).job_id for _ in range(8)]
    assert payers_of(claims) == ["anna"] * 8
    submit(joblog, "ben-0", payer="ben")
    assert claim(joblog).job_id == "ben-0"


@pytest.mark.parametrize("at_once", [1, 4])
def test_floods_take_turns(joblog: JobLog, at_once: int) -> None:
    for payer in ("anna", "ben", "carl"):
        flood(joblog, payer, 12)
    order = payers_of(drain(joblog, at_once=at_once))
    for start in range(0, 36, 3):
        assert sorted(order[start : start + 3]) == ["anna", "ben", "carl"]


def test_who_gets_longer_stories_gets_fewer(joblog: JobLog) -> None:
    flood(joblog, "long", 60)
    flood(joblog, "short", 60)
    told = {"long": 0, "short": 0}
    for _ in range(40):
        owner = claim(joblog)
        (payer,) = payers_of([owner.job_id])
        finish(joblog, owner, {"long": 12, "short": 3}[payer])
        told[payer] += {"long": 12, "short": 3}[payer]
    assert abs(told["long"] - told["short"]) <= TOKENS


def test_among_those_served_the_same_who_waits_longest_is_first(joblog: JobLog) -> None:
    for payer in ("zoe", "mia", "ada"):
        submit(joblog, payer, payer=payer)
    assert drain(joblog) == ["zoe", "mia", "ada"]


def test_nobody_saves_up_credit(joblog: JobLog) -> None:
    submit(joblog, "idle-0", payer="idle")
    finish(joblog, claim(joblog), TOKENS)
    flood(joblog, "anna", 40)
    for _ in range(20):
        finish(joblog, claim(joblog), TOKENS)
    for number in range(1, 11):
        submit(joblog, f"idle-{number}", payer="idle")
    order = payers_of([claim(joblog).job_id for _ in range(10)])
    assert order.count("idle") in (5, 6), "from now on both get the same"


def test_endless_newcomers_do_not_keep_back_whoever_was_served_before(joblog: JobLog) -> None:
    flood(joblog, "anna", 30)
    for _ in range(15):
        finish(joblog, claim(joblog), TOKENS)
    newcomer = 0
    for _ in range(1_000):
        while newcomer < 3 or joblog.run(commands.waiting_count(MODEL, Priority.INTERACTIVE)) < 18:
            submit(joblog, f"n{newcomer}", payer=f"n{newcomer}")
            newcomer += 1
        owner = claim(joblog)
        finish(joblog, owner, TOKENS)
        if owner.job_id.startswith("anna"):
            return
    pytest.fail("she never had a turn")


def test_what_is_kept_of_payers_does_not_grow_with_their_number(joblog: JobLog) -> None:
    for number in range(400):
        submit(joblog, f"n{number}", payer=f"n{number}")
        finish(joblog, claim(joblog), TOKENS)
    kept: int = joblog.run(Command(("ZCARD", f"{QUEUE}:served"), int))
    assert kept < 50


def test_prompt_counts_half_and_what_is_not_written_is_given_back(joblog: JobLog) -> None:
    submit(joblog, "a", payer="anna")
    owner = claim(joblog)
    assert served(joblog, "anna") == TOKENS, "charged ahead"
    write(joblog, owner, 2, prompt=5)
    assert served(joblog, "anna") == TOKENS
    cancel(joblog, "a")
    assert served(joblog, "anna") == 2 + 3


def test_more_than_was_expected_is_charged_as_it_is_written(joblog: JobLog) -> None:
    submit(joblog, "short", payer="ben")
    finish(joblog, claim(joblog), 4)
    submit(joblog, "a", payer="anna")
    owner = claim(joblog)
    before = served(joblog, "anna")
    assert before is not None
    write(joblog, owner, 4)
    assert served(joblog, "anna") == before
    write(joblog, owner, 3)
    assert served(joblog, "anna") == before + 3


@pytest.mark.parametrize("way", ["release", "reap", "fail"])
def test_story_that_is_taken_from_its_owner_costs_what_was_written(
    joblog: JobLog, way: str
) -> None:
    submit(joblog, "a", payer="anna")
    owner = claim(joblog, lease_ms=1 if way == "reap" else 60_000)
    write(joblog, owner, 3)
    if way == "release":
        joblog.run(commands.release("a", owner.epoch))
    elif way == "reap":
        expire_lease(joblog, owner)
    else:
        ending = done("", 3)
        joblog.run(commands.finish("a", owner.epoch, JobStatus.FAILED, ending, model=MODEL))
    cancel(joblog, "a")
    assert served(joblog, "anna") == 3


def test_batch_waits_for_so_many_interactive_jobs_and_no_more(joblog: JobLog) -> None:
    flood(joblog, "anna", 20)
    flood(joblog, "bob", 3, Priority.BATCH)
    order = payers_of(drain(joblog))
    assert [place for place, payer in enumerate(order) if payer == "bob"] == [7, 15, 22]


def test_interactive_jobs_before_any_batch_job_came_do_not_count(joblog: JobLog) -> None:
    flood(joblog, "anna", 20)
    for _ in range(9):
        claim(joblog)
    flood(joblog, "bob", 1, Priority.BATCH)
    assert payers_of([claim(joblog).job_id for _ in range(8)]) == ["anna"] * 7 + ["bob"]


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
        joblog.run(commands.heartbeat(_worker(kind), []))
    submit(joblog, "saga", payer="anna", tokens=1_000)
    owner = claim(joblog)
    write(joblog, owner, 128)
    submit(joblog, "new", payer="ben")
    assert yield_slot(joblog, owner) is None


def _worker(kind: str) -> WorkerInfo:
    return WorkerInfo(
        id=kind,
        model=MODEL,
        model_sha256="aa",
        numeric_kind=kind,
        context_length=64,
        slots=1,
        running=0,
        tokens_per_second=0.0,
    )


def test_jobs_that_an_older_version_left_waiting_are_taken_over(
    joblog: JobLog, redis_url: str
) -> None:
    client = connect(redis_url)
    for number in range(3):
        submit(joblog, f"old-{number}", payer="anna")
    cancel(joblog, "old-1")
    client.rename(QUEUE, keys.formerly_waiting(MODEL, Priority.INTERACTIVE))
    client.zadd(keys.formerly_waiting(MODEL, Priority.INTERACTIVE), {"old-1": 2, "gone": 3})
    for beside in client.scan_iter(f"{QUEUE}:*"):
        client.delete(beside)
    client.hdel(keys.job("old-0"), "payer")
    client.close()
    assert joblog.run(commands.claim(MODEL, "w", numeric_kind="k")) is None
    assert joblog.run(turns.adopt(MODEL, Priority.INTERACTIVE)) == 4
    assert joblog.run(turns.adopt(MODEL, Priority.INTERACTIVE)) == 0
    assert drain(joblog) == ["old-0", "old-2"]


def test_place_says_where_a_job_is_in_the_order_of_the_claims(joblog: JobLog) -> None:
    """Whatever was served before, and whoever has how many jobs of which class."""
    for seed in range(12):
        _assert_foretold(joblog, random.Random(seed), seed)


def _assert_foretold(joblog: JobLog, chance: random.Random, seed: int) -> None:
    payers = [f"p{number}" for number in range(chance.randint(1, 5))]
    for number in range(chance.randint(0, 6)):
        submit(joblog, f"{seed}-past-{number}", payer=chance.choice(payers))
        finish(joblog, claim(joblog), TOKENS)
    waiting: dict[str, tuple[str, Priority]] = {}
    for number in range(chance.randint(1, 40)):
        job_id, priority = f"{seed}-{number}", chance.choice([*Priority, Priority.INTERACTIVE])
        payer = payers[0] if chance.random() < 0.4 else chance.choice(payers)
        foretold = joblog.run(
            turns.standing_of_next(payer, model=MODEL, priority=priority, most_tokens=TOKENS)
        )
        submit(joblog, job_id, priority, payer=payer)
        assert foretold is not None
        assert foretold.position == position(joblog, job_id, payer, priority)
        waiting[job_id] = payer, priority
        if chance.random() < 0.2:
            owner = claim(joblog)
            finish(joblog, owner, TOKENS)
            waiting.pop(owner.job_id)
    told = {id: position(joblog, id, payer, priority) for id, (payer, priority) in waiting.items()}
    order = drain(joblog, at_once=chance.choice([1, 3]))
    assert {job_id: place for place, job_id in enumerate(order)} == told
    assert all(position(joblog, id, *of) is None for id, of in waiting.items())


def test_place_among_very_many_is_near_enough(joblog: JobLog) -> None:
    for number in range(1_200):
        submit(joblog, f"p{number}-0", payer=f"p{number}")
        if number % 2:
            submit(joblog, f"p{number}-1", payer=f"p{number}")
    assert position(joblog, "p700-0", "p700") == 700
    newcomer = joblog.run(
        turns.standing_of_next("", model=MODEL, priority=Priority.INTERACTIVE, most_tokens=TOKENS)
    )
    assert newcomer is not None
    assert newcomer.position == 1_200
    last = position(joblog, "p1199-1", "p1199")
    assert last is not None
    assert 1_700 < last <= 1_799


def test_jobs_far_behind_are_told_to_their_end_and_others_in_turns(joblog: JobLog) -> None:
    joblog.run(commands.heartbeat(_worker("cpu"), [], quantum=4))
    submit(joblog, "known", payer="past")
    finish(joblog, claim(joblog), TOKENS)
    for payer in ("anna", "ben"):
        submit(joblog, payer, payer=payer)
    flood(joblog, "carl", 3)
    mine = turns.standing(
        "carl-2", "carl", model=MODEL, priority=Priority.INTERACTIVE, most_tokens=TOKENS
    )
    standing = joblog.run(mine)
    assert standing is not None
    assert (standing.position, standing.tokens, standing.turn) == (4, 4 * TOKENS, 4)
    newcomer = turns.standing_of_next(
        "", model=MODEL, priority=Priority.INTERACTIVE, most_tokens=TOKENS
    )
    standing = joblog.run(newcomer)
    assert standing is not None
    assert (standing.position, standing.tokens) == (3, 3 * 4)


def test_jobs_of_one_payer_keep_their_order(joblog: JobLog) -> None:
    flood(joblog, "anna", 5)
    assert drain(joblog) == [f"anna-{number}" for number in range(5)]
