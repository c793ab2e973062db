"""A place in the queue is where a job really is in the order of the claims."""

import random

from shared.joblog import Command, JobLog, Standing, commands, keys, measures, turns
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
    write,
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
    assert (standing.position, standing.tokens) == (4, 4 * TOKENS)
    newcomer = turns.standing_of_next(
        "", model=MODEL, priority=Priority.INTERACTIVE, most_tokens=TOKENS
    )
    standing = joblog.run(newcomer)
    assert standing is not None
    assert (standing.position, standing.tokens) == (3, 3 * 4)


def asked(
    joblog: JobLog,
    payer: str = "",
    priority: Priority = Priority.INTERACTIVE,
    *,
    job_id: str = "",
    model: str = MODEL,
) -> Standing:
    standing = joblog.run(
        turns.standing(job_id, payer, model=model, priority=priority, most_tokens=TOKENS)
    )
    assert standing is not None
    return standing


def test_stories_are_expected_to_use_the_usual_share_of_what_each_may_have(
    joblog: JobLog,
) -> None:
    for number, used in enumerate((4, 12)):  # of 16: half, on average
        submit(joblog, f"past-{number}", payer=f"past-{number}")
        finish(joblog, claim(joblog), used)
    statistics = joblog.run(measures.statistics(MODEL))
    assert (statistics.sized, statistics.shares) == (2, 1000)
    assert statistics.shares_squared == 250**2 + 750**2
    submit(joblog, "short", payer="anna", tokens=12)
    submit(joblog, "long", payer="ben", tokens=900)
    assert asked(joblog, "ben", job_id="long").tokens == 6
    assert (asked(joblog).position, asked(joblog).tokens) == (2, 6 + 900)
    submit(joblog, "past-2", payer="past-2", tokens=1000)
    while (owner := claim(joblog)).job_id != "past-2":
        pass
    finish(joblog, owner, 250)
    submit(joblog, "another", payer="carl", tokens=800)
    assert asked(joblog).tokens == 200, "long ones use less of it"


def test_whole_budgets_count_while_nothing_is_learnt(joblog: JobLog) -> None:
    submit(joblog, "a", payer="anna", tokens=900)
    assert (asked(joblog).position, asked(joblog).tokens) == (1, 900)


def test_own_stories_and_the_other_class_count_with_their_own_budgets(joblog: JobLog) -> None:
    submit(joblog, "b0", Priority.BATCH, payer="ben", tokens=500)
    for number, tokens in enumerate((30, 40, 70)):
        submit(joblog, f"a{number}", payer="anna", tokens=tokens)
    assert asked(joblog, "anna", job_id="a2").tokens == 30 + 40
    assert asked(joblog, "ben", Priority.BATCH, job_id="b0").tokens == 30 + 40 + 70
    assert asked(joblog, "ben", Priority.BATCH).tokens == 30 + 40 + 70 + 500


def test_what_runs_is_told_with_what_is_left_of_it(joblog: JobLog) -> None:
    """Newcomers get a slot after the next quantum, whoever has stories waiting at an end."""
    joblog.run(commands.heartbeat(worker("cpu"), [], quantum=16))
    for number, budget in enumerate((100, 40)):
        submit(joblog, f"a{number}", payer="anna", tokens=budget)
        write(joblog, claim(joblog), 20)
    flood(joblog, "anna", 3)
    assert sorted(asked(joblog, "anna").left) == [20, 80]
    assert list(asked(joblog, "new").left) == [12, 12]
    assert list(asked(joblog, model="another").left) == []


def test_stories_end_when_they_end_whoever_is_handed_their_slots(joblog: JobLog) -> None:
    joblog.run(commands.heartbeat(worker("cpu"), [], quantum=16))
    submit(joblog, "a", payer="anna", tokens=100)
    write(joblog, claim(joblog), 20)
    submit(joblog, "b", payer="ben", tokens=40)
    assert joblog.run(turns.ends(MODEL)) == Standing(1, 40, (80,))


def test_damaged_records_of_others_do_not_matter(joblog: JobLog) -> None:
    for payer in ("anna", "ben"):
        submit(joblog, payer, payer=payer)
    running = claim(joblog).job_id
    joblog.run(Command(("DEL", keys.job(running)), int))
    joblog.run(Command(("SET", keys.job(running), "nothing"), bool))
    joblog.run(Command(("HSET", keys.job("ben"), "budget", "many"), int))
    assert (asked(joblog).position, list(asked(joblog).left)) == (1, [])
