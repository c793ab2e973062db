"""What Redis costs a step: sixteen stories' appends in one round trip, and one by one."""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from shared.connections import connect
from shared.joblog import JobLog
from shared.joblog.pipeline import Pipeline
from tests.bench.children import cpu_seconds, process_of
from tests.bench.findings import Findings, Sample, percentile
from tests.bench.options import Options
from tests.bench.relay.writer import BATCH, Story, begin_stories, write_step
from tests.bench.turns import in_turns
from tests.processes import free_port, redis_process

LEVEL = "redis"
TOGETHER, ONE_BY_ONE = "one round trip, as our worker", "a round trip a story"
CASE = f"a step of {BATCH} stories"
WARM_STEPS = 50
Write = Callable[[Pipeline, list[Story]], None]


def measure_redis(findings: Findings, options: Options) -> None:
    ways: dict[str, Write] = {TOGETHER: write_step, ONE_BY_ONE: _one_by_one}
    turns = {who: partial(_turn, write, options.seconds / 2) for who, write in ways.items()}
    in_turns(findings, LEVEL, turns, repeats=options.repeats)


def _turn(write: Write, seconds: float) -> Iterable[tuple[str, Sample]]:
    with (
        tempfile.TemporaryDirectory(prefix="once-bench-") as folder,
        redis_process(Path(folder), free_port()) as url,
        contextlib.closing(connect(url)) as client,
    ):
        joblog, server = JobLog(client), process_of("redis-server")
        stories, pipeline = begin_stories(joblog, BATCH), joblog.pipeline()
        for _ in range(WARM_STEPS):
            write(pipeline, stories)
        spent, times = cpu_seconds(server), _timed(partial(write, pipeline, stories), seconds)
        cpu = cpu_seconds(server) - spent
        yield (
            CASE,
            {
                "step p50, µs": 1e6 * percentile(times, 0.5),
                "step p95, µs": 1e6 * percentile(times, 0.95),
                "Redis' CPU of a step, µs": 1e6 * cpu / len(times),
            },
        )


def _timed(step: Callable[[], None], seconds: float) -> list[float]:
    times, deadline = [], time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        began = time.perf_counter()
        step()
        times.append(time.perf_counter() - began)
    return times


def _one_by_one(pipeline: Pipeline, stories: list[Story]) -> None:
    for story in stories:
        write_step(pipeline, [story])
