"""What a token costs as its story grows: sixteen over HTTP, as long as the context allows."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import psutil
from tokenizers import Tokenizer

from shared.prompts import build_continuation
from tests.bench.children import cpu_seconds, process_of
from tests.bench.findings import Findings, Sample
from tests.bench.options import Options
from tests.bench.prompts import SHORT, cut_prompts, tales
from tests.bench.stack.asking import read_beside, warm_up
from tests.bench.stack.client import STREAM_SECONDS, Stream
from tests.bench.stack.dialects import Wanted
from tests.bench.stack.servers import MOST_STREAMS, OURS, running_ours
from tests.bench.turns import in_turns
from tests.faults.member import until

LEVEL = "a story grows"
MARKS = (32, 256, 512, 768, 960)
"""Tokens of the story that is ahead: what is between two of them is measured."""
PROCESSES = {
    "the worker": "-m services.worker",
    "the API": "-m services.api",
    "Redis": "redis-server",
}


@dataclass(frozen=True, slots=True)
class _Moment:
    at: float
    tokens: int
    cpu: dict[str, float]
    """Seconds of each process."""


def measure_growth(findings: Findings, model: Path, options: Options) -> None:
    in_turns(findings, LEVEL, {OURS: partial(_turn, model)}, repeats=options.repeats)


def _turn(model: Path) -> Iterable[tuple[str, Sample]]:
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    count = 2 * MOST_STREAMS
    stories = cut_prompts(tokenizer, tales(), count=count, tokens=SHORT, wrap=build_continuation)
    wanted = [Wanted(story, max(MARKS), seed) for seed, story in enumerate(stories)]
    with running_ours(model) as server:
        warm_up(server, wanted[:MOST_STREAMS])
        processes = {name: process_of(words) for name, words in PROCESSES.items()}
        watch = partial(_watch, processes)
        moments = asyncio.run(read_beside(server, wanted[MOST_STREAMS:], watch))
    for (start, end), (before, after) in zip(pairwise(MARKS), pairwise(moments), strict=True):
        yield f"tokens {start} to {end}", _cost(before, after)


async def _watch(processes: dict[str, psutil.Process], streams: Sequence[Stream]) -> list[_Moment]:
    moments = []
    for mark in MARKS:

        async def has_come(mark: int = mark) -> bool:
            return any(each.so_far() >= mark for each in streams)

        await until(has_come, seconds=STREAM_SECONDS, what=f"{mark} tokens")
        cpu = {name: cpu_seconds(process) for name, process in processes.items()}
        tokens = sum(each.so_far() for each in streams)
        moments.append(_Moment(time.perf_counter(), tokens, cpu))
    return moments


def _cost(before: _Moment, after: _Moment) -> dict[str, float]:
    tokens = after.tokens - before.tokens
    return {"tokens/s": tokens / (after.at - before.at)} | {
        f"CPU of {name}, µs a token": 1e6 * (after.cpu[name] - before.cpu[name]) / tokens
        for name in after.cpu
    }
