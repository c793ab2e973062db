"""Our stack and its engine alone in turns of a second, so that both meet the same machine.

Both are up, and the stack's processes are stopped while the engine is measured. One whole run
behind another does not tell what a stack costs: beside noisy neighbours, one version came to 0.73
and to 0.93.
"""

import contextlib
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import psutil

from tests.bench.engine.case import Case
from tests.bench.engine.level import ANSWER_SECONDS, ask, running_engine
from tests.bench.findings import Sample, case_of
from tests.bench.options import Options
from tests.bench.prompts import SHORT
from tests.bench.stack.asking import join, read_together
from tests.bench.stack.client import Server
from tests.bench.stack.dialects import Wanted
from tests.bench.stack.figures import STEADY, together
from tests.bench.stack.servers import MOST_STREAMS

TURNS = 8
"""Of a repeat."""
STORIES = 2 * TURNS * MOST_STREAMS
"""What a repeat takes."""
SETTLE_SECONDS = 1.0
"""Until loops that stood still have caught up, and what stories leave behind is put away."""
ARRIVING = f"{case_of(MOST_STREAMS)}, short turns"
JOINING = f"1 joining {MOST_STREAMS - 1}, short turns"
ALONE, SHARE = f"{STEADY} of the engine alone", "stack ÷ engine alone"


def in_short_turns(
    server: Server, engine_name: str, model: Path, wanted: Sequence[Wanted], options: Options
) -> Iterator[tuple[str, Sample]]:
    """Of `STORIES` stories. Each turn of the stack is compared with the engine's just before it and
    just behind it.

    All that this process has started so far counts as the stack.
    """
    stack = psutil.Process().children(recursive=True)
    case = Case("steady", MOST_STREAMS, SHORT, options.tokens, options.seconds)
    untold = iter(wanted)
    prompts = [each.prompt for each in wanted[:MOST_STREAMS]]

    def alone() -> float:
        with stopped(stack):
            return ask(engine, case, prompts)["tokens/s"]

    with running_engine(engine_name, model, options.out, slots=MOST_STREAMS) as engine:
        engine.wait_ready(seconds=ANSWER_SECONDS)
        before = alone()
        for _ in range(TURNS):
            time.sleep(SETTLE_SECONDS)
            found = together(read_together(server, list(islice(untold, MOST_STREAMS))))
            time.sleep(SETTLE_SECONDS)
            joined = join(server, list(islice(untold, MOST_STREAMS)))
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
