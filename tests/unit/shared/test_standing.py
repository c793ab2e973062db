"""A place in the queue is where a job really is in the order of the claims."""

import random

from shared.joblog import JobLog, commands, turns
from shared.schemas import Priority
from tests.unit.shared.joblog_acts import (
    MODEL,
    claim,
    submit,
)
from tests.unit.shared.turn_acts import (
    TOKENS,
    drain,
    finish,
    flood,
    position,
    worker,
)


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
    joblog.run(commands.heartbeat(worker("cpu"), [], quantum=4))
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
