"""Every fault: its name, what it does, what it must not overlap, and how long it lasts."""

import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from tests.faults import disk_faults, link_faults, process_faults
from tests.faults.cluster import Cluster
from tests.faults.link_faults import LinkFault, to_readers, to_redis

Act = Callable[[Cluster, random.Random], AbstractAsyncContextManager[str]]

_BETWEEN_WORKERS_AND_STORIES = {"worker", "redis", "link"}


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    act: Act
    group: str
    """Faults of one group wait for each other: one worker is away at a time, and so on."""
    shortest: float
    longest: float
    """Seconds between doing and undoing."""

    @property
    def touches_writing(self) -> bool:
        """Whether it can cost a worker its hold of a story."""
        return self.group in _BETWEEN_WORKERS_AND_STORIES


# fmt: off
_ALL = (
    Fault("kill -9 worker", process_faults.killed_worker, "worker", 0.0, 1.0),
    Fault("pause worker past its lease", process_faults.paused_worker, "worker", 2.5, 4.0),
    Fault("drain worker", process_faults.drained_worker, "worker", 0.0, 1.0),
    Fault("shift worker's clock", process_faults.shifted_worker, "worker", 0.0, 0.5),
    Fault("kill -9 API", process_faults.killed_api, "api", 0.0, 1.0),
    Fault("restart API", process_faults.restarted_api, "api", 0.0, 0.5),
    Fault("kill -9 Redis", process_faults.killed_redis, "redis", 0.0, 2.0),
    Fault("restart Redis", process_faults.restarted_redis, "redis", 0.0, 2.0),
    Fault("flush Redis", process_faults.flushed_redis, "redis", 0.0, 0.0),
    Fault("kill Redis' clients", process_faults.killed_clients, "redis", 0.0, 0.0),
    Fault("full disk under Redis", disk_faults.full_log, "redis", 0.5, 3.0),
    Fault("full disk under library", disk_faults.full_library, "api", 0.5, 3.0),
    Fault("cut link", LinkFault(to_redis, link_faults.cut), "link", 0.0, 2.0),
    Fault("slow link", LinkFault(to_redis, link_faults.slow_down), "link", 1.0, 4.0),
    Fault("black hole", LinkFault(to_redis, link_faults.black_hole), "link", 1.0, 4.0),
    Fault("half-open link", LinkFault(to_redis, link_faults.half_open), "link", 1.0, 4.0),
    Fault("cut readers", LinkFault(to_readers, link_faults.cut), "front", 0.0, 2.0),
    Fault("slow readers", LinkFault(to_readers, link_faults.slow_down), "front", 1.0, 4.0),
    Fault("black-holed readers", LinkFault(to_readers, link_faults.black_hole), "front", 1.0, 4.0),
    Fault("half-open readers", LinkFault(to_readers, link_faults.half_open), "front", 1.0, 4.0),
    Fault("stalled readers", process_faults.stalled_readers, "stalled", 2.0, 5.0),
)
# fmt: on

FAULTS = {fault.name: fault for fault in _ALL}
