"""What can happen to processes. Each fault is done on entry and undone on exit.

An act answers whom it hit; what it draws comes from its own `chance`, so that a seed repeats it.
"""

import contextlib
import random
import signal
import socket
from collections.abc import AsyncIterator

from shared.joblog import keys
from tests.faults.cluster import Cluster
from tests.faults.member import Member
from tests.faults.proxy import HOST

HOUR = 3600
STALLED_READERS = 20
SMALLEST_BUFFER = 2048


@contextlib.asynccontextmanager
async def killed_worker(cluster: Cluster, chance: random.Random) -> AsyncIterator[str]:
    async with ended(await _one_that_writes(cluster, chance), signal.SIGKILL) as target:
        yield target


@contextlib.asynccontextmanager
async def drained_worker(cluster: Cluster, chance: random.Random) -> AsyncIterator[str]:
    async with ended(await _one_that_writes(cluster, chance), signal.SIGTERM) as target:
        yield target


@contextlib.asynccontextmanager
async def paused_worker(cluster: Cluster, chance: random.Random) -> AsyncIterator[str]:
    """Longer than a lease, so it wakes up as a zombie."""
    worker = await _one_that_writes(cluster, chance)
    worker.send(signal.SIGSTOP)
    try:
        yield worker.name
    finally:
        worker.send(signal.SIGCONT)


async def _one_that_writes(cluster: Cluster, chance: random.Random) -> Member:
    """If there is one: to kill who has nothing to lose attacks nothing."""
    drawn = chance.sample(cluster.workers, len(cluster.workers))
    owners = await cluster.owners()
    return next((worker for worker in drawn if worker.name in owners), drawn[0])


@contextlib.asynccontextmanager
async def shifted_worker(cluster: Cluster, chance: random.Random) -> AsyncIterator[str]:
    """A worker comes back with another idea of the time, and keeps it until its next start."""
    worker = chance.choice(cluster.workers)
    await worker.end(signal.SIGTERM)
    worker.start(CLOCK_SHIFT=str(chance.choice((-HOUR, HOUR))))
    await worker.ready()
    yield worker.name


@contextlib.asynccontextmanager
async def killed_api(cluster: Cluster, chance: random.Random) -> AsyncIterator[str]:
    async with ended(chance.choice(cluster.apis), signal.SIGKILL) as target:
        yield target


@contextlib.asynccontextmanager
async def restarted_api(cluster: Cluster, chance: random.Random) -> AsyncIterator[str]:
    async with ended(chance.choice(cluster.apis), signal.SIGTERM) as target:
        yield target


@contextlib.asynccontextmanager
async def killed_redis(cluster: Cluster, chance: random.Random) -> AsyncIterator[str]:
    async with ended(cluster.redis, signal.SIGKILL) as target:
        yield target


@contextlib.asynccontextmanager
async def restarted_redis(cluster: Cluster, chance: random.Random) -> AsyncIterator[str]:
    async with ended(cluster.redis, signal.SIGTERM) as target:
        yield target


@contextlib.asynccontextmanager
async def flushed_redis(cluster: Cluster, chance: random.Random) -> AsyncIterator[str]:
    await cluster.empty_redis()
    yield cluster.redis.name


@contextlib.asynccontextmanager
async def killed_clients(cluster: Cluster, chance: random.Random) -> AsyncIterator[str]:
    """Redis hangs up on about half of all connections, those that listen among them."""
    for client in await cluster.store.client_list():
        if chance.random() < 0.5:
            await cluster.store.client_kill_filter(_id=client["id"], skipme=True)
    yield cluster.redis.name


@contextlib.asynccontextmanager
async def stalled_readers(cluster: Cluster, chance: random.Random) -> AsyncIterator[str]:
    """Readers who ask for a story that is being written, and then take nothing at all."""
    api = chance.choice(cluster.apis)
    job_ids = await cluster.store.zrange(keys.LEASES, 0, -1)
    with contextlib.ExitStack() as open_sockets:
        for job_id in chance.choices(job_ids, k=STALLED_READERS) if job_ids else ():
            reader = open_sockets.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALLEST_BUFFER)
            reader.connect((HOST, cluster.fronts[api.name].target))
            path = f"/v1/jobs/{job_id!s}/events"
            reader.send(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        yield api.name


@contextlib.asynccontextmanager
async def ended(member: Member, number: signal.Signals) -> AsyncIterator[str]:
    """It is started again on exit. Raises RuntimeError if it was asked to end and failed to."""
    status = await member.end(number)
    try:
        if status not in (0, -number):
            raise RuntimeError(f"{member.run_name} ended with {status}:\n{member.last_words()}")
        yield member.name
    finally:
        member.start()
        await member.ready()
