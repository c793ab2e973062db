"""`make chaos`: attack the service seed by seed, and say what came of it."""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.faults.attack import attack
from tests.faults.cluster import Cluster, running_cluster
from tests.faults.faults import FAULTS
from tests.faults.history import Violation, violations
from tests.faults.leaks import left_at_last
from tests.faults.nemesis import Planned, schedule
from tests.faults.records import History
from tests.faults.recovery import felt
from tests.faults.report import curves, fault_table, totals, verdict
from tests.faults.resources import Curve, held
from tests.faults.stories import build_model, undisturbed

VIOLATED, TOO_LITTLE = 1, 3
"""Exit statuses; 2 is argparse's."""


def main(words: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(words)
    with tempfile.TemporaryDirectory(prefix="once-chaos-", ignore_cleanup_errors=True) as name:
        return asyncio.run(_run(Path(name), options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=50, help="how many seeds")
    parser.add_argument("--jobs", type=int, default=20, help="jobs of each seed")
    parser.add_argument("--seconds", type=float, default=8.0, help="in which they are asked for")
    parser.add_argument("--minutes", type=float, default=45.0, help="begin no seed after so long")
    parser.add_argument(
        "--faults", nargs="*", default=list(FAULTS), choices=FAULTS, help="which ones"
    )
    return parser


async def _run(folder: Path, options: argparse.Namespace) -> int:
    model = build_model(folder / "endless")
    plans = {
        seed: schedule(seed, options.faults, seconds=options.seconds)
        for seed in range(options.first_seed, options.first_seed + options.seeds)
    }
    task = asyncio.current_task()
    assert task is not None
    # However it is ended: the processes that it started end with it.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    curve, histories = Curve(), list[History]()
    try:
        async with running_cluster(folder, model) as cluster:
            await _attack_all(cluster, plans, curve, histories, options)
    finally:
        # Also a run that was broken off has something to say.
        found = [violation for history in histories for violation in violations(history)]
        if histories:
            _report(plans, curve, histories, found)
    left = [seed for seed in plans if seed not in {history.seed for history in histories}]
    if left:
        _say(f"time is up: {len(left)} seeds are left: {', '.join(map(str, left))}")
    return exit_status(found, left)


def exit_status(found: Sequence[Violation], left: Sequence[int]) -> int:
    """A run that came to too few seeds has proved too little."""
    if found:
        return VIOLATED
    return TOO_LITTLE if left else 0


def _report(
    plans: Mapping[int, Sequence[Planned]],
    curve: Curve,
    histories: Sequence[History],
    found: Sequence[Violation],
) -> None:
    table = fault_table(each for history in histories for each in felt(history))
    total = f"{len(histories)} seeds, {totals(histories)}"
    _say("\n\n".join(("", total, table, curves(curve), verdict(found, plans))))


async def _attack_all(
    cluster: Cluster,
    plans: dict[int, list[Planned]],
    curve: Curve,
    histories: list[History],
    options: argparse.Namespace,
) -> None:
    began = time.monotonic()
    calm = await undisturbed(cluster)
    curve.add(held(cluster))
    for seed, plan in plans.items():
        elapsed = time.monotonic() - began
        if elapsed > 60 * options.minutes:
            break
        history = History(seed, calm)
        await attack(cluster, plan, history, curve, jobs=options.jobs, seconds=options.seconds)
        histories.append(history)
        _say(
            f"{time.monotonic() - began:6.0f} s  seed {seed}: {totals([history])}, "
            f"{len(violations(history))} violations"
        )
    if histories:
        histories[-1].leaks += await left_at_last(cluster)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
