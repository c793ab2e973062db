"""Disks that are full: no file of the process may grow, by a limit that needs no rights.

Whoever writes gets an error from the kernel, as with a full disk; reading goes on.
"""

import contextlib
import random
from collections.abc import AsyncIterator, Iterator, Sequence

import psutil

from tests.faults.cluster import Cluster
from tests.faults.member import Member

ONE_BYTE = 1


@contextlib.asynccontextmanager
async def full_log(cluster: Cluster, chance: random.Random) -> AsyncIterator[str]:
    """Redis cannot write its append-only file, and refuses every write."""
    with _full([cluster.redis]):
        yield cluster.redis.name


@contextlib.asynccontextmanager
async def full_library(cluster: Cluster, chance: random.Random) -> AsyncIterator[str]:
    with _full(cluster.apis):
        yield "library"


@contextlib.contextmanager
def _full(members: Sequence[Member]) -> Iterator[None]:
    for member in members:
        _limit(member, ONE_BYTE)
    try:
        yield
    finally:
        for member in members:
            _limit(member, psutil.RLIM_INFINITY)


def _limit(member: Member, most: int) -> None:
    if member.lives:
        member.process.rlimit(psutil.RLIMIT_FSIZE, (most, psutil.RLIM_INFINITY))
