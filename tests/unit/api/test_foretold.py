"""What is kept of an estimate is what its caller was told of the job as it stood in the queue."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from shared.joblog import Estimated, measures
from tests.unit.api.acting import MODEL, Actor

SEED = {"story_seed": "A fox"}
TOGETHER = 12


def measured(http: httpx2.Client, actor: Actor) -> None:
    """One story is known to the service, and its worker waits."""
    http.post("/v1/jobs", json={**SEED, "sampling": {"max_new_tokens": 12}})
    write_one(actor)


def write_one(actor: Actor) -> None:
    actor.claim()
    actor.write(3)
    actor.finish()


def outcomes(actor: Actor) -> list[Estimated]:
    return actor.joblog.run(measures.estimates(MODEL))


def test_of_many_that_come_at_once_only_those_with_a_slot_are_told_of_one(
    http: httpx2.Client, actor: Actor
) -> None:
    measured(http, actor)

    def post(number: int) -> Any:
        return http.post("/v1/jobs", json=SEED, headers={"Authorization": f"Bearer {number}"})

    with ThreadPoolExecutor(TOGETHER) as threads:
        answers = [answer.json() for answer in threads.map(post, range(TOGETHER))]
    assert sorted(answer["position"] for answer in answers) == list(range(TOGETHER))
    for _ in range(TOGETHER):
        write_one(actor)
    told = [each.foretold for each in outcomes(actor)]
    assert sorted(each.before for each in told) == list(range(TOGETHER))
    assert [each.before for each in told if each.raw_p90 == 0] == [0]
    after = http.get("/v1/queue").json()["eta_seconds"]
    waits = [each.seconds for each in outcomes(actor) if each.foretold.before == 0]
    assert after["p90"] <= max(waits) + 0.001, "an idle service is as fast as it was when idle"


def test_what_is_kept_is_what_the_caller_is_told(http: httpx2.Client, actor: Actor) -> None:
    measured(http, actor)
    http.post("/v1/jobs", json=SEED)
    actor.claim()
    told = http.post("/v1/jobs", json=SEED).json()
    actor.finish()
    write_one(actor)
    kept = outcomes(actor)[0].foretold
    assert kept.before == told["position"] + 1 == 1, "one is running"
    assert told["eta_seconds"] == {"p50": round(kept.p50, 3), "p90": round(kept.p90, 3)}


def test_asking_for_more_before_one_is_told_of_a_longer_wait(
    http: httpx2.Client, actor: Actor
) -> None:
    measured(http, actor)

    def wait_behind(tokens: int) -> float:
        body = {**SEED, "sampling": {"max_new_tokens": tokens}}
        running = http.post("/v1/jobs", json=body).json()
        actor.claim()
        ahead = http.post("/v1/jobs", json=body).json()
        last = http.post("/v1/jobs", json=SEED).json()
        assert last["position"] == 1
        for job in (running, ahead, last):
            http.delete(f"/v1/jobs/{job['id']}")
        starts = actor.joblog.run(measures.first_tokens(MODEL))
        p50: float = last["eta_seconds"]["p50"]
        return p50 - min(starts)

    assert wait_behind(56) == pytest.approx(7 * wait_behind(8), rel=0.01)


def test_what_a_worker_of_another_model_has_ended_and_still_reports_changes_nothing(
    http: httpx2.Client, actor: Actor, redis_url: str
) -> None:
    measured(http, actor)
    jobs = [http.post("/v1/jobs", json=SEED).json()["id"] for _ in range(4)]
    actor.claim()

    def told() -> list[Any]:
        answers = [http.get(f"/v1/jobs/{job}") for job in jobs]
        assert [answer.status_code for answer in answers] == [200] * 4
        return [answer.json()["eta_seconds"] for answer in answers]

    before = told()
    with contextlib.closing(Actor(redis_url, name="w2", model="other")) as other:
        for reported in (1, 2, 3):
            other.info = other.info.model_copy(update={"running": reported})
            other.beat()
            assert told() == before
            assert http.post("/v1/jobs", json=SEED).status_code == 202
