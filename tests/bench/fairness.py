"""`python -m tests.bench.fairness`: how fair the queue is at scale, and how fast.

10,000 users and 200 workers of 4 slots by default, on a real Redis of its own.
"""

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from shared.connections import connect
from shared.events import TokenEvent
from shared.joblog import Claim, Command, JobLog, Standing, Verdict, commands, turns
from shared.schemas import Priority
from tests.bench.children import cpu_seconds, process_of
from tests.bench.findings import fairness, percentile
from tests.bench.simulation import MODEL, PAGE, Scene, Simulation, claim_one
from tests.jobs import job_spec
from tests.processes import free_port, redis_process

T = TypeVar("T")
SLOTS = 4
MEASURED = 2_000
"""Commands of a kind; each is timed by itself and in a pipeline of PAGE."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=200)
    parser.add_argument("--stories", type=int, default=3, help="that there is time for, of each")
    chosen = parser.parse_args()
    scene = Scene(chosen.users, SLOTS * chosen.workers, stories=chosen.stories)
    with (
        tempfile.TemporaryDirectory(prefix="once-bench-") as folder,
        redis_process(Path(folder), free_port()) as url,
        contextlib.closing(connect(url)) as client,
    ):
        joblog = JobLog(client)
        simulation = Simulation(joblog, scene)
        jobs = simulation.submit_all()
        say(f"{scene.users:,} users ask for {jobs:,} stories; {scene.slots} slots")
        began = time.perf_counter()
        outcome = simulation.run()
        seconds = time.perf_counter() - began
        tokens = [outcome.tokens[f"user-{number}"] for number in range(scene.users)]
        say(f"Jain's index of the tokens of all users: {fairness(tokens):.4f}")
        say(f"tokens of a user: least {min(tokens)}, most {max(tokens)}")
        waits = outcome.waits
        say(
            f"{len(waits)} newcomers waited, in quanta: p50 {percentile(waits, 0.5):.3f}, "
            f"p99 {percentile(waits, 0.99):.3f}, most {max(waits):.3f}"
        )
        say(f"{outcome.hand_overs:,} slots handed on; {seconds:.1f} s of simulation")
        speeds(joblog)
    return 0


def speeds(joblog: JobLog) -> None:
    """Of the transitions, with all those users still waiting."""
    claims: list[Claim] = []
    numbers = iter(range(10**9))

    def submit() -> Command[bool]:
        number = next(numbers)
        return commands.submit(
            f"speed-{number}",
            job_spec(),
            model=MODEL,
            priority=Priority.INTERACTIVE,
            tenant="all",
            payer=f"user-{number % 997}",
        )

    def append() -> Command[Verdict]:
        number = next(numbers)
        claim, index = claims[number % len(claims)], number // len(claims) + 1
        token = TokenEvent(index=index, text="x", ids=[1])
        return commands.append(claim.job_id, claim.epoch, token, model=MODEL)

    def stand() -> Command[Standing | None]:
        number = next(numbers)
        return turns.standing_of_next(
            f"user-{number % 997}", model=MODEL, priority=Priority.INTERACTIVE, most_tokens=40
        )

    # Asked of one who has several waiting, so of everybody before them: the dearest case.
    measure(joblog, "place in the queue", stand, count=PAGE)
    measure(joblog, "submit", submit)
    for claim in measure(joblog, "claim", claim_one):
        if claim is not None and claim.is_first:
            claims.append(claim)
    numbers = iter(range(10**9))
    measure(joblog, "append", append)


def measure(
    joblog: JobLog, name: str, make: Callable[[], Command[T]], *, count: int = MEASURED
) -> list[T]:
    made, server = [make() for _ in range(2 * count)], process_of("redis-server")
    spent, began = cpu_seconds(server), time.perf_counter()
    answers = [joblog.run(each) for each in made[:count]]
    alone = time.perf_counter() - began
    began = time.perf_counter()
    for start in range(count, 2 * count, PAGE):
        answers += joblog.run_all(made[start : start + PAGE])
    together = time.perf_counter() - began
    cpu = (cpu_seconds(server) - spent) / (2 * count)
    say(
        f"{name}: {count / alone:,.0f}/s one by one, {count / together:,.0f}/s in pipelines "
        f"of {PAGE}; {1e6 * cpu:.0f} µs of Redis' CPU each"
    )
    return answers


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
