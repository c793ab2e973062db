"""Our stack and its engine alone in turns of a second, so that both meet the same machine.

Both are up, and the stack's processes are stopped while the engine is measured. One whole run
behind another does not tell what a stack costs: beside noisy neighbours, one version came to 0.73
and to 0.93.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import psutil

from tests.bench.children import Child
from tests.bench.engine.case import Case
from tests.bench.engine.level import ANSWER_SECONDS, ask, running_engine
from tests.bench.findings import Sample, case_of
from tests.bench.options import Options
from tests.bench.prompts import SHORT
from tests.bench.stack.asking import join, read_together, warm_up
from tests.bench.stack.client import Server
from tests.bench.stack.dialects import Wanted
from tests.bench.stack.figures import STEADY, together
from tests.bench.stack.servers import MOST_STREAMS

PAIRS = 4
"""Of a stack and an engine, started anew: two processes of one version differ, too. In every other
pair the engine is started first: of two engines the first one was slower (RESULTS.md)."""
TURNS = 3
"""Of a pair."""
STORIES = (1 + 2 * TURNS) * MOST_STREAMS
"""What a pair takes."""
SETTLE_SECONDS = 1.0
"""Until loops that stood still have caught up, and what stories leave behind is put away."""
ARRIVING = f"{case_of(MOST_STREAMS)}, short turns"
JOINING = f"1 joining {MOST_STREAMS - 1}, short turns"
ALONE, SHARE = f"{STEADY} of the engine alone", "stack ÷ engine alone"


@dataclass(frozen=True, slots=True)
class Pair:
    server: Server
    stack: Sequence[psutil.Process]
    """What was started for it."""
    engine: Child


def in_short_turns(
    running: Callable[[], AbstractContextManager[Server]],
    engine_name: str,
    model: Path,
    wanted: Sequence[Wanted],
    options: Options,
) -> Iterator[tuple[str, Sample]]:
    """Of `STORIES` stories. Each turn of a stack is compared with the engine's just before it and
    just behind it.
    """
    case = Case("steady", MOST_STREAMS, SHORT, options.tokens, options.seconds)
    first, others = wanted[:MOST_STREAMS], wanted[MOST_STREAMS:]
    prompts = [each.prompt for each in first]

    def pace_of(engine: Child) -> float:
        return ask(engine, case, prompts)["tokens/s"]

    def engine() -> AbstractContextManager[Child]:
        return running_engine(engine_name, model, options.out, slots=MOST_STREAMS)

    for number in range(PAIRS):
        with started(running, engine, engine_first=bool(number % 2)) as pair:
            warm_up(pair.server, first)
            yield from _turns_of(pair, others, pace_of)


@contextlib.contextmanager
def started(
    running: Callable[[], AbstractContextManager[Server]],
    running_engine: Callable[[], AbstractContextManager[Child]],
    *,
    engine_first: bool,
) -> Iterator[Pair]:
    with contextlib.ExitStack() as exits:
        this = psutil.Process()

        def start_engine() -> Child:
            engine = exits.enter_context(running_engine())
            engine.wait_ready(seconds=ANSWER_SECONDS)
            return engine

        early = start_engine() if engine_first else None
        others = set(this.children(recursive=True))
        server = exits.enter_context(running())
        stack = [each for each in this.children(recursive=True) if each not in others]
        yield Pair(server, stack, early or start_engine())


def _turns_of(
    pair: Pair, wanted: Sequence[Wanted], pace_of: Callable[[Child], float]
) -> Iterator[tuple[str, Sample]]:
    untold = iter(wanted)

    def alone() -> float:
        with stopped(pair.stack):
            return pace_of(pair.engine)

    before = alone()
    for _ in range(TURNS):
        time.sleep(SETTLE_SECONDS)
        found = together(read_together(pair.server, list(islice(untold, MOST_STREAMS))))
        time.sleep(SETTLE_SECONDS)
        joined = join(pair.server, list(islice(untold, MOST_STREAMS)))
        after = alone()
        yield ARRIVING, found | compared(found, (before + after) / 2)
        yield JOINING, joined
        before = after


def compared(found: Sample, alone: float) -> dict[str, float]:
    """Without a share where the streams were never all written at a time."""
    share = {SHARE: found[STEADY] / alone} if STEADY in found else {}
    return {ALONE: alone} | share


@contextlib.contextmanager
def stopped(processes: Sequence[psutil.Process]) -> Iterator[None]:
    for each in processes:
        each.suspend()
    try:
        yield
    finally:
        for each in processes:
            each.resume()
