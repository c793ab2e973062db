"""What the attack looks for when all is over: planted here, each is found, and nothing else is."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest

from shared.connections import connect
from shared.joblog import keys
from shared.joblog.admissions import ENTERING_MS
from shared.schemas import Priority
from tests.faults.cluster import Cluster
from tests.faults.leaks import SWEPT_SECONDS, left_over, unsettled
from tests.processes import free_port, redis_process

MODEL = "endless"
CALLER = "somebody"
OVERDUE = time.time() - SWEPT_SECONDS - 1
LONG_AGO_MS = 1000 * OVERDUE - ENTERING_MS


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Nobody else may come to it meanwhile."""
    with redis_process(tmp_path_factory.mktemp("redis"), free_port()) as url:
        yield url


@pytest.fixture
def redis_url(own_redis: str) -> str:
    with contextlib.closing(connect(own_redis)) as client:
        client.flushall()
    return own_redis


@contextlib.asynccontextmanager
async def after_a_run(redis_url: str, folder: Path) -> AsyncIterator[Cluster]:
    """Everything that an attack leaves, but for what a test plants: nothing."""
    with contextlib.closing(sqlite3.connect(folder / "once.db")) as library:
        library.execute("CREATE TABLE accepted_job (id TEXT)")
    port = urlparse(redis_url).port
    assert port is not None
    cluster = Cluster(folder, folder / MODEL, redis_port=port)
    async with cluster.http, cluster.store:
        await cluster.store.xgroup_create(keys.ENDED, keys.ARCHIVE_GROUP, mkstream=True)
        yield cluster


def in_set(key: str, score: float) -> Callable[[Cluster], Awaitable[object]]:
    return lambda cluster: cluster.store.zadd(key, {"a-job": score})


async def with_a_place(cluster: Cluster) -> None:
    """Asking for one gives back those of jobs that have ended, or that nobody knows."""
    await cluster.store.hset(keys.job("a-job"), "status", "running")
    await in_set(keys.jobs_under_way(CALLER), LONG_AGO_MS)(cluster)


PLANTED: dict[str, Callable[[Cluster], Awaitable[object]]] = {
    "1 leases are left": in_set(keys.LEASES, time.time() * 1000),
    "1 overdue deadlines are left": in_set(keys.DEADLINES, OVERDUE),
    "1 overdue followers:needed are left": in_set(keys.NEED_FOLLOWER, OVERDUE),
    "1 queue:endless:batch are left": in_set(keys.waiting(MODEL, Priority.BATCH), 1),
    "a place of somebody is still taken by a-job (running)": with_a_place,
    "a-job is still on its way": in_set(keys.entering(MODEL), LONG_AGO_MS),
}


@pytest.mark.parametrize(("told", "plant"), PLANTED.items(), ids=PLANTED)
def test_what_is_left_in_redis_is_told(
    redis_url: str, tmp_path: Path, told: str, plant: Callable[[Cluster], Awaitable[object]]
) -> None:
    async def look() -> list[str]:
        async with after_a_run(redis_url, tmp_path) as cluster:
            assert await left_over(cluster) == []
            await plant(cluster)
            return await left_over(cluster)

    assert asyncio.run(look()) == [told]


def test_a_channel_that_somebody_still_listens_to_is_told(redis_url: str, tmp_path: Path) -> None:
    async def look() -> list[str]:
        async with after_a_run(redis_url, tmp_path) as cluster, cluster.store.pubsub() as listener:
            await listener.subscribe(f"{keys.job('a-job')}:news")
            return await left_over(cluster)

    assert asyncio.run(look()) == ["1 subscriptions are left"]


def test_a_place_of_a_job_that_was_only_just_let_in_is_no_leak(
    redis_url: str, tmp_path: Path
) -> None:
    async def look() -> list[str]:
        async with after_a_run(redis_url, tmp_path) as cluster:
            now = time.time() * 1000
            await in_set(keys.jobs_under_way(CALLER), now)(cluster)
            await in_set(keys.entering(MODEL), now)(cluster)
            return await left_over(cluster)

    assert asyncio.run(look()) == []


def test_what_the_library_owes_is_told(redis_url: str, tmp_path: Path) -> None:
    async def look() -> list[str]:
        async with after_a_run(redis_url, tmp_path) as cluster:
            assert await unsettled(cluster) == []
            with contextlib.closing(sqlite3.connect(cluster.library)) as library:
                library.execute("INSERT INTO accepted_job VALUES ('a-job')")
                library.commit()
            await cluster.store.xadd(keys.ENDED, {"job": "a-job"})
            await cluster.store.xreadgroup(keys.ARCHIVE_GROUP, "an-api", {keys.ENDED: ">"})
            return await unsettled(cluster)

    assert asyncio.run(look()) == [
        "a-job is accepted, and its end is not kept",
        "1 ends are in hand",
    ]
