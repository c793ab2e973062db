"""What can happen to connections: to Redis, and between readers and APIs."""

import contextlib
import random
from collections.abc import AsyncIterator, Callable, Mapping

from tests.faults.cluster import Cluster
from tests.faults.proxy import Link

Links = Callable[[Cluster], Mapping[str, Link]]
SHORTEST_DELAY, LONGEST_DELAY = 0.02, 0.2


def to_redis(cluster: Cluster) -> Mapping[str, Link]:
    return cluster.links


def to_readers(cluster: Cluster) -> Mapping[str, Link]:
    return cluster.fronts


class LinkFault:
    """A disturbance of one link out of some; on exit it is as it was."""

    def __init__(self, links: Links, disturb: Callable[[Link, random.Random], None]) -> None:
        self._links = links
        self._disturb = disturb

    @contextlib.asynccontextmanager
    async def __call__(self, cluster: Cluster, chance: random.Random) -> AsyncIterator[str]:
        name, link = chance.choice(list(self._links(cluster).items()))
        self._disturb(link, chance)
        try:
            yield name
        finally:
            link.mend()


def cut(link: Link, chance: random.Random) -> None:
    """Every connection is reset, and for a while no new one is made."""
    link.refuses = True
    link.cut()


def slow_down(link: Link, chance: random.Random) -> None:
    link.delay = chance.uniform(SHORTEST_DELAY, LONGEST_DELAY)


def black_hole(link: Link, chance: random.Random) -> None:
    """Nothing comes through either way, and nobody is told; it all arrives when this is over."""
    link.hold_requests()
    link.hold_answers()


def half_open(link: Link, chance: random.Random) -> None:
    """Whatever is asked is done, but no answer ever arrives."""
    link.loses_answers = True
    link.hold_answers()
