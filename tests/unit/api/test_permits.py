"""A permit is a courtesy: whatever becomes of it, the job is accepted."""

import httpx2
import redis

from shared.broker import queue_name
from tests.unit.api.acting import Actor


def test_job_whose_permit_cannot_be_issued_is_accepted(
    http: httpx2.Client, actor: Actor, redis_url: str
) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.set(queue_name(actor.model), "no list")
    answer = http.post("/v1/jobs", json={"story_seed": "A fox"})
    assert answer.status_code == 202
    assert actor.claim().job_id == answer.json()["id"]
