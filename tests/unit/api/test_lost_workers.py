"""Who does not say any more that it lives is not reckoned with, as soon as its stories are lost."""

from collections.abc import Iterator

import httpx2
import pytest

from shared.connections import connect
from shared.joblog.commands import LEASE_MS, WORKER_EXPIRY_MS
from tests.unit.api.acting import MODEL, Actor

SEED = {"story_seed": "A fox", "sampling": {"max_new_tokens": 50}}


@pytest.fixture
def silent(redis_url: str) -> Iterator[Actor]:
    """A second worker, whose last heartbeat is older than a lease."""
    other = Actor(redis_url, name="w2", model=MODEL)
    other.register()
    with connect(redis_url) as client:
        client.zincrby("workers:expiry", -LEASE_MS - 100, "w2")
    yield other
    other.close()


def wait(http: httpx2.Client) -> float:
    """What one that comes now is told."""
    job = http.post("/v1/jobs", json=SEED).json()
    http.delete(f"/v1/jobs/{job['id']}")
    p50: float = job["eta_seconds"]["p50"]
    return p50


def measured(http: httpx2.Client, actor: Actor) -> None:
    http.post("/v1/jobs", json=SEED)
    actor.claim()
    actor.write(40)
    actor.finish()


def test_slot_of_a_dead_worker_is_not_free(
    http: httpx2.Client, actor: Actor, silent: Actor
) -> None:
    measured(http, actor)
    http.post("/v1/jobs", json=SEED)
    actor.claim()
    actor.register()
    assert wait(http) > 0.5
    silent.register()
    assert wait(http) == pytest.approx(0, abs=0.2), "it was late"


def test_only_worker_is_late_until_its_registration_expires(
    http: httpx2.Client, actor: Actor, redis_url: str
) -> None:
    measured(http, actor)
    with connect(redis_url) as client:
        client.zincrby("workers:expiry", 3 * LEASE_MS - WORKER_EXPIRY_MS, actor.name)
    assert wait(http) == pytest.approx(0, abs=0.2)
