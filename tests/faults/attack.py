"""One attack: a load, a schedule of faults, and the history of what came of them."""

import asyncio
from collections.abc import Sequence

from tests.faults.aftermath import look_back, look_into_library
from tests.faults.cluster import JOBS_PER_KEY, Cluster
from tests.faults.load import Load
from tests.faults.nemesis import Nemesis, Planned
from tests.faults.records import History
from tests.faults.resources import Curve, held

ENDING_SECONDS = 240.0
"""After the last fault, for every story to end and every reader to hear of it."""


async def attack(
    cluster: Cluster,
    plan: Sequence[Planned],
    history: History,
    curve: Curve,
    *,
    jobs: int,
    seconds: float,
) -> None:
    """Write down in `history` what becomes of so many jobs, asked for over so many seconds."""
    history.jobs_per_key = JOBS_PER_KEY
    load, nemesis = Load(cluster, history), Nemesis(cluster, history)
    try:
        async with asyncio.timeout(seconds + ENDING_SECONDS), asyncio.TaskGroup() as tasks:
            tasks.create_task(load.run(jobs, seconds=seconds))
            tasks.create_task(load.crowd(seconds=seconds))
            tasks.create_task(nemesis.run(plan))
    except TimeoutError:
        history.surprises.append(f"not over {ENDING_SECONDS:.0f} s after the load")
    history.surprises += await cluster.heal()
    await look_back(cluster, history)
    await look_into_library(cluster, history)
    history.leaks += curve.add(held(cluster))
