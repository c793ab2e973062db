"""Whole services over HTTP: throughput, time to the first token and between tokens.

Each is started for its turn, so that it has the machine to itself.
"""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from tokenizers import Tokenizer

from shared.prompts import build_continuation
from tests.bench.engine.case import Case
from tests.bench.engine.entries import DTYPES
from tests.bench.engine.entries import OURS as OUR_ENGINE
from tests.bench.engine.level import ask, running_engine
from tests.bench.findings import Findings, Sample, case_of
from tests.bench.options import Options
from tests.bench.prompts import SHORT, cut_prompts, tales
from tests.bench.stack.client import STREAM_SECONDS, Server, Stream, read
from tests.bench.stack.dialects import Wanted
from tests.bench.stack.figures import together
from tests.bench.stack.servers import (
    LLAMA,
    MOST_STREAMS,
    OURS,
    OURS_16_BITS,
    SIXTEEN_BITS,
    TUTORIAL,
    Running,
    absent,
    running_llama,
    running_ours,
    running_serve,
    running_tutorial,
    serve_name,
)
from tests.bench.turns import Turn, in_turns
from tests.faults.member import until

LEVEL = "stack"
ENGINE_ALONE, ENGINE_ALONE_16_BITS = "our engine alone", "our engine alone in 16 bits"
OUR_ENGINE_16_BITS = next(f"ours {name}" for name in DTYPES if DTYPES[name] == SIXTEEN_BITS)
STREAMS = (1, 8, MOST_STREAMS)
JOINING = f"1 joining {MOST_STREAMS - 1}"
WARM_TOKENS = 8


def measure_stacks(findings: Findings, model: Path, options: Options) -> None:
    streams = [count for count in STREAMS if count <= max(options.streams)]
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    # Each is told once: a service may remember what it has read.
    count = MOST_STREAMS + sum(streams) + MOST_STREAMS
    stories = cut_prompts(tokenizer, tales(), count=count, tokens=SHORT, wrap=build_continuation)
    wanted = [Wanted(story, options.tokens, seed) for seed, story in enumerate(stories)]
    for who, why in absent().items():
        findings.lack(LEVEL, who, why)

    def engine(name: str) -> Turn:
        return partial(_engine_turn, name, model, wanted, streams, options)

    def server(running: Running) -> Turn:
        return partial(_server_turn, running, model, wanted, streams)

    # A service right behind the engine that it is compared with: the machine drifts.
    turns = {
        ENGINE_ALONE: engine(OUR_ENGINE),
        OURS: server(running_ours),
        ENGINE_ALONE_16_BITS: engine(OUR_ENGINE_16_BITS),
        OURS_16_BITS: server(partial(running_ours, dtype=SIXTEEN_BITS)),
        serve_name(): server(running_serve),
        LLAMA: server(running_llama),
        TUTORIAL: server(running_tutorial),
    }
    in_turns(findings, LEVEL, turns, repeats=options.repeats)


def _server_turn(
    running: Running, model: Path, wanted: Sequence[Wanted], streams: Sequence[int]
) -> Iterable[tuple[str, Sample]]:
    untold = iter(wanted)
    with running(model) as server:
        first = islice(untold, max(streams))
        warm = [Wanted(each.story, WARM_TOKENS, each.seed) for each in first]
        asyncio.run(_read_together(server, warm))
        for count in streams:
            told = asyncio.run(_read_together(server, list(islice(untold, count))))
            yield case_of(count), together(told)
        if max(streams) == MOST_STREAMS:
            yield JOINING, asyncio.run(_joining(server, list(islice(untold, MOST_STREAMS))))


def _engine_turn(
    name: str, model: Path, wanted: Sequence[Wanted], streams: Sequence[int], options: Options
) -> Iterable[tuple[str, Sample]]:
    """What the stack is compared with, measured beside it and in the same way."""
    prompts = [each.prompt for each in wanted]
    with running_engine(name, model, options.out, slots=MOST_STREAMS) as engine:
        for count in streams:
            case = Case("steady", count, SHORT, options.tokens, options.seconds)
            sample = ask(engine, case, prompts[:count])
            yield case_of(count), {"steady tokens/s": sample["tokens/s"]}


async def _read_together(server: Server, wanted: Sequence[Wanted]) -> list[Stream]:
    streams = [Stream(each.tokens) for each in wanted]
    await asyncio.gather(*map(partial(read, server), wanted, streams))
    return streams


async def _joining(server: Server, wanted: Sequence[Wanted]) -> Sample:
    """One asks when a quarter of a story is told to another."""
    *busy, late = wanted
    streams, joined = [Stream(each.tokens) for each in busy], Stream(late.tokens)
    reading = asyncio.gather(*map(partial(read, server), busy, streams))

    async def is_under_way() -> bool:
        return reading.done() or any(len(each.times) >= each.tokens / 4 for each in streams)

    await until(is_under_way, seconds=STREAM_SECONDS, what="the others are under way")
    await read(server, late, joined)
    await reading
    return {"first token p50, ms": 1000 * (joined.first - joined.asked)}
