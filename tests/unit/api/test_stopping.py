"""Who waits for the end of a story as the API stops is told that, and not that it has come."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx2

from tests.unit.api.acting import Actor
from tests.unit.api.completing import claims
from tests.unit.api.serving import api_settings, serving, sqlite_url
from tests.unit.api.test_refusals import problem

SEED = {"story_seed": "A fox"}


def begun(
    url: str, path: str, actor: Actor, pool: ThreadPoolExecutor, body: object = None
) -> Future[httpx2.Response]:
    """Asked, and a worker has begun with it."""
    asked = pool.submit(httpx2.post, f"{url}{path}", json=body, timeout=20)
    claims(actor)
    actor.write(1)
    return asked


def test_one_call_is_told_which_job_goes_on(redis_url: str, tmp_path: Path, actor: Actor) -> None:
    with ThreadPoolExecutor(1) as pool:
        with serving(api_settings(redis_url, sqlite_url(tmp_path))) as url:
            asked = begun(url, "/generate", actor, pool, SEED)
        answer = asked.result()
    assert actor.claimed is not None
    job_id = actor.claimed.job_id
    assert problem(answer) == (503, "server_stopping")
    assert job_id in answer.json()["detail"]
    assert answer.headers["x-job-id"] == job_id
    assert answer.headers["location"] == f"/v1/jobs/{job_id}"
    assert answer.headers["retry-after"] == "2"


def test_verification_does_not_say_that_time_was_up(
    redis_url: str, tmp_path: Path, actor: Actor
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with serving(api_settings(redis_url, sqlite_url(tmp_path))) as url:
            job_id = httpx2.post(f"{url}/v1/jobs", json=SEED).json()["id"]
            actor.claim()
            actor.write(2)
            actor.finish()
            asked = begun(url, f"/v1/jobs/{job_id}/verify", actor, pool)
        answer = asked.result()
    assert problem(answer) == (503, "server_stopping")
