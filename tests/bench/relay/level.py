"""One API process and many readers: how much it relays, at what cost, how late, in what memory.

Workers are played by a writer in this process, readers by another process, so that neither the
engine nor the readers are what limits; all of them share the cores with the API and Redis.
"""

import contextlib
import resource
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from shared.connections import connect
from shared.joblog import JobLog
from tests.bench.children import Child, child, cpu_seconds, process_of
from tests.bench.findings import Findings, Sample
from tests.bench.options import Options
from tests.bench.relay.writer import BATCH, Story, begin_stories, write_steadily
from tests.bench.turns import in_turns
from tests.processes import wait_until
from tests.stack import running_stack

LEVEL = "relay"
SHARED, OWN = f"readers of {BATCH} stories", "readers of a story each"
CONNECT_SECONDS = 300
ARRIVE_SECONDS = 120
ANSWER_SECONDS = 60
SPARE_DESCRIPTORS = 200
KEEPS_UP = 0.5
"""Less than this share of what was written was relayed in time: more is only waited for longer."""
MOST_RATE = 200_000
PHASES = 2
"""Several rates are tried: each lasts that part of a measurement."""


@dataclass(frozen=True, slots=True)
class Scene:
    api: psutil.Process
    crowd: Child
    joblog: JobLog
    stories: list[Story]
    readers: int


def measure_relay(findings: Findings, options: Options) -> None:
    most = _descriptors()
    for readers in options.readers:
        for who in (OWN, SHARED):
            if readers + SPARE_DESCRIPTORS > most:
                why = f"n/a (a process may open {most} files here)"
                findings.lack(LEVEL, f"{readers} {who}", why)
    turns = {
        f"{readers} {who}": partial(_turn, readers, min(readers, stories), options)
        for readers in options.readers
        for who, stories in ((OWN, readers), (SHARED, BATCH))
    }
    in_turns(findings, LEVEL, turns, repeats=options.repeats)


def _descriptors() -> int:
    """How many files each of our processes may open, after asking for as many as allowed."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def _turn(readers: int, stories: int, options: Options) -> Iterable[tuple[str, Sample]]:
    seconds = options.seconds / PHASES
    with _scene(readers, stories, options) as (scene, memory):
        calm = _phase(scene, rate=readers, seconds=seconds)
        kilobytes = (scene.api.memory_info().rss - memory) / 1024
        yield (
            "1 token/s each",
            {
                "memory of a reader, KB": kilobytes / readers,
                "latency p50, ms": calm["p50"],
                "latency p95, ms": calm["p95"],
                "refused at first": calm["refused"],
            },
        )
        yield "at its limit", _limit(scene, seconds)


def _limit(scene: Scene, seconds: float) -> Sample:
    """Of rates that double until one is too many."""
    best: Sample = {"events/s": 0.0}
    rate = 2.0 * scene.readers
    while rate < MOST_RATE:
        found = _phase(scene, rate=rate, seconds=seconds)
        if found["events/s"] > best["events/s"]:
            best = {name: found[name] for name in ("events/s", "CPU of an event, µs")}
        if found["events/s"] < KEEPS_UP * rate:
            break
        rate *= 2
    return best


def _phase(scene: Scene, *, rate: float, seconds: float) -> dict[str, float]:
    """About so many events a second reach readers, for so long; all of them are waited for."""
    fan_out = scene.readers / len(scene.stories)
    scene.crowd.ask({"reset": True}, seconds=ANSWER_SECONDS)
    began, spent = time.monotonic(), cpu_seconds(scene.api)
    written = write_steadily(scene.joblog, scene.stories, rate=rate / fan_out, seconds=seconds)
    expected = _deliveries(scene, written)
    seen: dict[str, Any] = {}

    def all_arrived() -> bool:
        seen.update(scene.crowd.ask({}, seconds=ANSWER_SECONDS))
        return bool(seen["events"] >= expected)

    wait_until(all_arrived, seconds=ARRIVE_SECONDS, what=f"{expected} events arrive")
    if seen["lost"] or seen["events"] > expected:
        raise RuntimeError(f"{seen['lost']} readers were lost, {seen['events']} of {expected} read")
    return {
        "events/s": expected / (seen["last_at"] - began),
        "CPU of an event, µs": 1e6 * (cpu_seconds(scene.api) - spent) / expected,
        "p50": seen["p50"],
        "p95": seen["p95"],
        "refused": seen["refused"],
    }


def _deliveries(scene: Scene, written: int) -> int:
    """Every story gets as many tokens as the others, and readers take stories in turn."""
    return written // len(scene.stories) * scene.readers


@contextlib.contextmanager
def _scene(readers: int, stories: int, options: Options) -> Iterator[tuple[Scene, int]]:
    """All readers are connected and know that their story has begun; the API's memory before."""
    with (
        tempfile.TemporaryDirectory(prefix="once-bench-") as folder,
        running_stack(Path(folder)) as stack,
        child("readers", "tests.bench.relay.readers", folder=options.out) as crowd,
        contextlib.closing(connect(stack.redis_url)) as client,
    ):
        joblog = JobLog(client)
        begun = begin_stories(joblog, stories)
        api = process_of("-m services.api")
        memory = api.memory_info().rss
        port = int(stack.api_url.rpartition(":")[2])
        job_ids = [begun[number % stories].job_id for number in range(readers)]
        crowd.ask({"connect": job_ids, "port": port}, seconds=CONNECT_SECONDS)
        yield Scene(api, crowd, joblog, begun, readers), memory
