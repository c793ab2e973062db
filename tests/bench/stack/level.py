"""Whole services over HTTP: throughput, time to the first token and between tokens.

Each is started for its turn, so that it has the machine to itself.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from tokenizers import Tokenizer

from services.worker.engine.dtypes import Dtype
from shared.prompts import build_continuation
from tests.bench.engine.entries import DTYPES
from tests.bench.engine.entries import OURS as OUR_ENGINE
from tests.bench.findings import Findings, Sample, case_of
from tests.bench.options import Options
from tests.bench.prompts import SHORT, cut_prompts, tales
from tests.bench.stack.asking import join, read_together, warm_up
from tests.bench.stack.beside import STORIES, in_short_turns
from tests.bench.stack.client import Server
from tests.bench.stack.dialects import Wanted
from tests.bench.stack.figures import together
from tests.bench.stack.servers import (
    LLAMAS,
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

LEVEL = "stack"
OUR_ENGINE_16_BITS = next(f"ours {name}" for name in DTYPES if DTYPES[name] == SIXTEEN_BITS)
STREAMS = (1, 8, MOST_STREAMS)
JOINING = f"1 joining {MOST_STREAMS - 1}"


def measure_stacks(findings: Findings, model: Path, options: Options) -> None:
    streams = [count for count in STREAMS if count in options.streams]
    if not streams:
        measured = ", ".join(map(str, STREAMS))
        findings.lack(LEVEL, "services", f"n/a (measured with {measured} streams alone)")
        return
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    # Each is told once: a service may remember what it has read.
    count = MOST_STREAMS + sum(streams) + MOST_STREAMS + STORIES
    stories = cut_prompts(tokenizer, tales(), count=count, tokens=SHORT, wrap=build_continuation)
    wanted = [Wanted(story, options.tokens, seed) for seed, story in enumerate(stories)]
    for who, why in absent().items():
        findings.lack(LEVEL, who, why)

    def peer(running: Running) -> Turn:
        return partial(_peer_turn, running, model, wanted, streams)

    def ours(dtype: Dtype, engine: str) -> Turn:
        return partial(_our_turn, dtype, engine, model, wanted, streams, options)

    turns = {
        OURS: ours("auto", OUR_ENGINE),
        OURS_16_BITS: ours(SIXTEEN_BITS, OUR_ENGINE_16_BITS),
        serve_name(): peer(running_serve),
        **{name: peer(partial(running_llama, precision=LLAMAS[name])) for name in LLAMAS},
        TUTORIAL: peer(running_tutorial),
    }
    in_turns(findings, LEVEL, turns, repeats=options.repeats)


def _peer_turn(
    running: Running, model: Path, wanted: Sequence[Wanted], streams: Sequence[int]
) -> Iterable[tuple[str, Sample]]:
    with running(model) as server:
        yield from _told_by(server, wanted, streams)


def _told_by(
    server: Server, wanted: Sequence[Wanted], streams: Sequence[int]
) -> Iterable[tuple[str, Sample]]:
    untold = iter(wanted)
    warm_up(server, list(islice(untold, max(streams))))
    for count in streams:
        yield case_of(count), together(read_together(server, list(islice(untold, count))))
    if max(streams) == MOST_STREAMS:
        yield JOINING, join(server, list(islice(untold, MOST_STREAMS)))


def _our_turn(
    dtype: Dtype,
    engine: str,
    model: Path,
    wanted: Sequence[Wanted],
    streams: Sequence[int],
    options: Options,
) -> Iterable[tuple[str, Sample]]:
    """As everybody, and then beside its engine alone."""
    running = partial(running_ours, model, dtype=dtype)
    with running() as server:
        yield from _told_by(server, wanted[:-STORIES], streams)
    if max(streams) == MOST_STREAMS:
        yield from in_short_turns(running, engine, model, wanted[-STORIES:], options)
