"""More workers with a pace of their own, so that cores do not limit: what is shared is what counts.

Every worker rests before each step of a tiny model, as the attacked ones of `tests.faults` do.
"""

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from tests.bench.children import cpu_seconds, process_of
from tests.bench.findings import Findings, Sample, fairness
from tests.bench.options import Options
from tests.bench.stack.client import Server, Stream, read
from tests.bench.stack.dialects import Once, Wanted
from tests.bench.stack.figures import steady
from tests.bench.turns import in_turns
from tests.faults.stories import build_model
from tests.processes import process, wait_until
from tests.stack import START_SECONDS, Stack, running_stack

LEVEL = "scale-out"
CASE = "a story a slot"
SLOTS = 8
STEP_SECONDS = 0.1
"""Ideally a worker writes 80 tokens/s: eight of them leave two cores some rest."""
WARM_TOKENS = 4


@dataclass(frozen=True, slots=True)
class _Scene:
    server: Server
    api: psutil.Process
    redis: psutil.Process
    streams: int


def measure_scale(findings: Findings, options: Options) -> None:
    tokens = max(WARM_TOKENS, int(options.seconds / STEP_SECONDS))
    turns = {
        f"{workers} worker{'s' if workers > 1 else ''}": partial(_turn, workers, tokens)
        for workers in options.workers
    }
    in_turns(findings, LEVEL, turns, repeats=options.repeats)


def _turn(workers: int, tokens: int) -> Iterable[tuple[str, Sample]]:
    with _running(workers) as scene:
        asyncio.run(_read_all(scene, WARM_TOKENS))
        spent = [cpu_seconds(process) for process in (scene.redis, scene.api)]
        began = time.perf_counter()
        streams = asyncio.run(_read_all(scene, tokens))
        seconds = time.perf_counter() - began
        redis, api = (
            (cpu_seconds(process) - before) / seconds
            for process, before in zip((scene.redis, scene.api), spent, strict=True)
        )
        rates = [each.tokens / (each.last - each.asked) for each in streams]
        yield (
            CASE,
            {
                **steady(streams),
                "share of the ideal": tokens * STEP_SECONDS / seconds,
                "fairness (Jain)": fairness(rates),
                "Redis' CPU, cores": redis,
                "API's CPU, cores": api,
            },
        )


async def _read_all(scene: _Scene, tokens: int) -> Sequence[Stream]:
    wanted = [Wanted(f"A fox ({seed})", tokens, seed) for seed in range(scene.streams)]
    streams = [Stream(tokens) for _ in wanted]
    await asyncio.gather(*map(partial(read, scene.server), wanted, streams))
    return streams


@contextlib.contextmanager
def _running(workers: int) -> Iterator[_Scene]:
    with tempfile.TemporaryDirectory(prefix="once-bench-") as name:
        folder = Path(name)
        settings = {
            "MODEL": str(build_model(folder / "tiny")),
            "SLOTS": str(SLOTS),
            "STEP_SECONDS": str(STEP_SECONDS),
        }
        with running_stack(folder, **settings) as stack:
            names = [f"worker-{number}" for number in range(1, workers + 1)]
            for each in names:
                _start_worker(stack, each)
            wait_until(
                lambda: stack.live_workers() >= set(names),
                seconds=START_SECONDS,
                what=f"{workers} workers up",
            )
            server = Server(int(stack.api_url.rpartition(":")[2]), Once())
            redis, api = process_of("redis-server"), process_of("-m services.api")
            yield _Scene(server, api, redis, workers * SLOTS)


def _start_worker(stack: Stack, name: str) -> None:
    command = [sys.executable, "-m", "tests.faults.service", "worker"]
    log, env = stack.folder / f"{name}.log", stack.environment(WORKER_ID=name)
    stack.exits.enter_context(process(command, log, env))
