"""A story told again from its receipt: identical, or where it parts."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import httpx2
import pytest

from services.api.verification import first_difference
from shared.errors import ErrorCode
from shared.joblog import commands
from shared.jobs import Verification
from shared.schemas import Priority
from tests.processes import wait_until
from tests.unit.api.acting import Actor
from tests.unit.api.test_refusals import problem


@pytest.mark.parametrize(
    ("told", "retold", "is_whole", "difference"),
    [
        ([1, 2], [1, 2], True, None),
        ([1, 2], [1, 3], True, 2),
        ([1, 2], [1], True, 2),
        ([1, 2], [1, 2, 3], True, 3),
        ([1, 2], [1, 2, 3], False, None),
        ([1, 2], [1], False, 2),
        ([], [], True, None),
    ],
)
def test_first_token_that_differs(
    told: Sequence[int], retold: Sequence[int], is_whole: bool, difference: int | None
) -> None:
    assert first_difference(told, retold, is_whole=is_whole) == difference


def asked(http: httpx2.Client, job: str, *, wait: float = 10) -> Future[httpx2.Response]:
    pool = ThreadPoolExecutor(1)
    answer = pool.submit(http.post, f"/v1/jobs/{job}/verify", params={"wait": wait})
    pool.shutdown(wait=False)
    return answer


def claim_retelling(actor: Actor) -> None:
    def waits() -> bool:
        return any(
            actor.joblog.run(commands.waiting_count(actor.model, priority)) for priority in Priority
        )

    wait_until(waits, seconds=10, what="the retelling waits")
    actor.claim()


@pytest.mark.parametrize(("tokens", "difference"), [(3, None), (2, 3), (4, 4)])
def test_story_is_told_again_and_compared(
    http: httpx2.Client, job: str, actor: Actor, tokens: int, difference: int | None
) -> None:
    actor.claim()
    actor.write(3)
    actor.finish()
    answer = asked(http, job)
    claim_retelling(actor)
    retelling = actor.claimed
    assert retelling is not None
    assert retelling.spec.seed == http.get(f"/v1/jobs/{job}").json()["seed"]
    actor.write(tokens)
    actor.finish()
    verified = Verification.model_validate(answer.result(20).raise_for_status().json())
    assert (verified.is_identical, verified.first_difference) == (difference is None, difference)
    assert verified.tokens == 3
    assert verified.retold_by == retelling.job_id
    assert (verified.told.text_sha256 == verified.retold.text_sha256) == (difference is None)


def test_what_cannot_be_verified(http: httpx2.Client, job: str, actor: Actor) -> None:
    path = f"/v1/jobs/{job}/verify"
    assert problem(http.post(path)) == (409, ErrorCode.UNFINISHED)
    http.delete(f"/v1/jobs/{job}")
    assert problem(http.post(path)) == (409, ErrorCode.UNVERIFIABLE)
    assert problem(http.post("/v1/jobs/unknown/verify")) == (404, ErrorCode.UNKNOWN_JOB)


def test_retelling_that_nobody_writes_is_given_up(
    http: httpx2.Client, job: str, actor: Actor
) -> None:
    actor.claim()
    actor.write(3)
    actor.finish()
    answer = http.post(f"/v1/jobs/{job}/verify", params={"wait": 0.2})
    assert problem(answer) == (503, ErrorCode.VERIFICATION_SLOW)
    newest = http.get("/v1/jobs").json()["jobs"][0]
    assert newest["status"] == "cancelled"


def test_only_the_very_model_can_verify(http: httpx2.Client, job: str, actor: Actor) -> None:
    actor.claim()
    actor.write(3)
    actor.finish()
    actor.info = actor.info.model_copy(update={"model_sha256": "another"})
    actor.beat()
    answer = http.post(f"/v1/jobs/{job}/verify")
    assert problem(answer) == (503, ErrorCode.MODEL_UNAVAILABLE)
    assert "very model" in answer.json()["detail"]
