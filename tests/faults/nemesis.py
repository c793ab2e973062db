"""Draws a schedule of faults from a seed, and lets them happen."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from redis.exceptions import RedisError

from tests.faults.cluster import Cluster
from tests.faults.faults import FAULTS, Fault
from tests.faults.member import until
from tests.faults.records import History, Occurrence

FIRST_AT = 0.0
UNDER_WAY_TOKENS = 5
"""More than the shortest story has."""
UNDER_WAY_SECONDS = 60.0
FEWEST, MOST = 3, 6


@dataclass(frozen=True, slots=True)
class Planned:
    at: float
    """Seconds after the first story is under way."""
    fault: str
    seconds: float
    draw: int
    """What the fault draws its target from."""

    def __str__(self) -> str:
        return f"{self.at:5.2f} s  {self.fault} for {self.seconds:.2f} s"


def schedule(seed: int, names: Sequence[str], *, seconds: float) -> list[Planned]:
    """The same seed, names and length: the same schedule."""
    chance = random.Random(seed)
    times = sorted(chance.uniform(FIRST_AT, seconds) for _ in range(chance.randint(FEWEST, MOST)))
    return [_planned(at, FAULTS[chance.choice(names)], chance) for at in times]


def _planned(at: float, fault: Fault, chance: random.Random) -> Planned:
    seconds = chance.uniform(fault.shortest, fault.longest)
    return Planned(at, fault.name, seconds, chance.getrandbits(32))


@dataclass(slots=True)
class Nemesis:
    cluster: Cluster
    history: History
    _groups: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def run(self, plan: Sequence[Planned]) -> None:
        """Times count from when a story is under way, however slow the machine."""
        await until(self._is_under_way, seconds=UNDER_WAY_SECONDS, what="a story is under way")
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for planned in plan:
                tasks.create_task(self._happen(planned, began + planned.at))

    async def _is_under_way(self) -> bool:
        return any(reading.cursor >= UNDER_WAY_TOKENS for reading in self.history.readings)

    async def _happen(self, planned: Planned, at: float) -> None:
        fault = FAULTS[planned.fault]
        await asyncio.sleep(at - time.monotonic())
        async with self._groups[fault.group]:
            occurrence = Occurrence(
                fault.name, time.monotonic(), touches_writing=fault.touches_writing
            )
            self.history.occurrences.append(occurrence)
            try:
                async with fault.act(self.cluster, random.Random(planned.draw)) as target:
                    occurrence.target = target
                    await asyncio.sleep(planned.seconds)
            except (RedisError, ConnectionRefusedError):
                # Another fault took its target away from under this one.
                occurrence.target = "nobody"
            except (TimeoutError, RuntimeError) as error:
                # Somebody did not end, or did not come back.
                self.history.surprises.append(f"{fault.name}: {error}")
            occurrence.ended = time.monotonic()
