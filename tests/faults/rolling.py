"""Every worker and every API restarted, one after the other, under load: what it costs.

`python -m tests.faults.rolling` runs the same load twice, in peace and through the restarts.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.faults.aftermath import look_back, look_into_library
from tests.faults.cluster import Cluster, running_cluster
from tests.faults.history import violations
from tests.faults.load import Load
from tests.faults.member import Member, until
from tests.faults.process_faults import ended
from tests.faults.records import History, Occurrence
from tests.faults.recovery import percentile, signs_of_life
from tests.faults.report import totals
from tests.faults.stories import build_model, undisturbed

PEACE, RESTARTS = 1, 2
"""Seeds of the two loads."""
BUSY_SECONDS = 30
_ROW = "{:<22} {:>8} {:>8} {:>8} {:>8}"


@dataclass(frozen=True, slots=True)
class Latency:
    """As readers felt it, in seconds."""

    first_tokens: Sequence[float]
    """From a job's acceptance."""
    pauses: Sequence[float]
    """Between one token of a story and the next."""


def latency(history: History) -> Latency:
    times = {job_id: each for job_id, each in signs_of_life(history).items() if each}
    accepted = {job_id: history.jobs[job_id].accepted_at for job_id in times}
    return Latency(
        [each[0] - accepted[job_id] for job_id, each in times.items()],
        [after - before for each in times.values() for before, after in pairwise(each)],
    )


async def rolled(cluster: Cluster, calm: list[str], *, jobs: int) -> History:
    """A load that lasts as long as it takes to restart everybody."""
    history = History(RESTARTS, calm)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_load_until(over, cluster, history, jobs))
        await _restart_all(cluster, history)
        over.set()
    return await _looked_back(cluster, history)


async def untroubled(cluster: Cluster, calm: list[str], *, jobs: int) -> History:
    """The same load when nothing happens."""
    history = History(PEACE, calm)
    await Load(cluster, history).run(jobs, seconds=0)
    return await _looked_back(cluster, history)


async def _load_until(over: asyncio.Event, cluster: Cluster, history: History, jobs: int) -> None:
    """At any time so many jobs or so are under way."""
    while not over.is_set():
        await Load(cluster, history).run(jobs, seconds=0)


async def _restart_all(cluster: Cluster, history: History) -> None:
    for member in (*cluster.workers, *cluster.apis):
        if member in cluster.workers:
            await _until_it_writes(cluster, member)
        restart = Occurrence("restart", time.monotonic(), target=member.run_name)
        restart.touches_writing = member in cluster.workers
        history.occurrences.append(restart)
        async with ended(member, signal.SIGTERM):
            pass  # it comes back at once
        restart.ended = time.monotonic()


async def _until_it_writes(cluster: Cluster, worker: Member) -> None:
    """The restart of one that is idle would cost nobody anything."""

    async def writes() -> bool:
        return worker.name in await cluster.owners()

    await until(writes, seconds=BUSY_SECONDS, what=f"{worker.name} writes")


async def _looked_back(cluster: Cluster, history: History) -> History:
    await look_back(cluster, history)
    await look_into_library(cluster, history)
    return history


def table(peace: Latency, restarts: Latency) -> str:
    rows = [_ROW.format("seconds", "p50", "p95", "p99", "longest")]
    for name, each in (("in peace", peace), ("through restarts", restarts)):
        rows.append(_row(f"first token {name}"[:22], each.first_tokens))
        rows.append(_row(f"pause {name}", each.pauses))
    return "\n".join(rows)


def _row(name: str, values: Sequence[float]) -> str:
    shown = [percentile(values, percent) for percent in (50, 95, 99, 100)]
    return _ROW.format(name, *(f"{value:.3f}" for value in shown))


async def _run(folder: Path, jobs: int) -> int:
    async with running_cluster(folder, build_model(folder / "endless")) as cluster:
        calm = await undisturbed(cluster)
        peace = await untroubled(cluster, calm, jobs=jobs)
        restarts = await rolled(cluster, calm, jobs=jobs)
    found = [violation for each in (peace, restarts) for violation in violations(each)]
    lines = (
        f"in peace: {totals([peace])}",
        f"through restarts: {totals([restarts])}",
        table(latency(peace), latency(restarts)),
        f"{len(found)} violations",
        *map(str, found),
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if found else 0


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.rolling", description=__doc__)
    parser.add_argument("--jobs", type=int, default=12, help="under way at any time")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="once-rolling-", ignore_cleanup_errors=True) as name:
        return asyncio.run(_run(Path(name), options.jobs))


if __name__ == "__main__":
    sys.exit(main())
