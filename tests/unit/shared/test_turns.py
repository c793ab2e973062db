"""Whose turn it is, against a real Redis: nobody waits behind another's flood, no class starves."""

import pytest

from shared.joblog import Command, JobLog, commands
from shared.schemas import JobStatus, Priority
from tests.unit.api.acting import done
from tests.unit.shared.joblog_acts import (
    MODEL,
    cancel,
    claim,
    expire_lease,
    submit,
)
from tests.unit.shared.joblog_model import CHARGED_AHEAD
from tests.unit.shared.turn_acts import (
    QUEUE,
    TOKENS,
    drain,
    finish,
    flood,
    payers_of,
    served,
    write,
)


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


def test_more_than_was_expected_is_charged_a_few_tokens_ahead(joblog: JobLog) -> None:
    submit(joblog, "short", payer="ben")
    finish(joblog, claim(joblog), 4)
    submit(joblog, "a", payer="anna")
    owner = claim(joblog)
    before = served(joblog, "anna")
    assert before is not None
    write(joblog, owner, 4)
    assert served(joblog, "anna") == before
    write(joblog, owner, 1)
    assert served(joblog, "anna") == before + CHARGED_AHEAD
    write(joblog, owner, CHARGED_AHEAD - 1)
    assert served(joblog, "anna") == before + CHARGED_AHEAD
    write(joblog, owner, 3)
    assert served(joblog, "anna") == before + 2 * CHARGED_AHEAD
    cancel(joblog, "a")
    assert served(joblog, "anna") == before + CHARGED_AHEAD + 3, "the rest is given back"


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


def test_jobs_of_one_payer_keep_their_order(joblog: JobLog) -> None:
    flood(joblog, "anna", 5)
    assert drain(joblog) == [f"anna-{number}" for number in range(5)]
