"""`python -m tests.bench.engine.profile MODEL SLOTS DTYPE`: where a step's time goes.

A child process of the bench. Asked with prompts it answers with the milliseconds of each part of a
median step, and with the limits of this machine for the same step, measured beside it.
"""

import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from services.worker.engine import Engine
from services.worker.engine.dtypes import choose_dtype
from services.worker.engine.kernels import ALL_THREADS
from services.worker.engine.panel_model import PanelRunner
from services.worker.engine.runner import Chunk
from tests.bench.children import serve
from tests.bench.engine.entries import DTYPES
from tests.bench.engine.ours import story_request

STEPS = 24
ROWS, COLUMNS = 65_536, 4_096
"""Of a matrix of 1 GiB: more than caches hold, but for those of the largest servers."""
SQUARE = 2_048
ROUNDS = 5
HOPELESS = 10
"""A way that takes more than so many times as long as the best so far is not tried again."""
WHOLE, FORWARD, HEAD, ATTENTION = "step", "forward", "head", "attention"
LINEARS = ("query, key, value", "attention out", "mlp in", "mlp out")


def main() -> None:
    model, slots, dtype = sys.argv[1:]
    engine = Engine.load(model, dtype=DTYPES[dtype], max_batch=int(slots))
    parameters, precision = _parameters(Path(model)), choose_dtype(DTYPES[dtype])

    def answer(prompts: Sequence[str]) -> dict[str, float]:
        return {**profile(engine, prompts), **limits(parameters, len(prompts), precision)}

    serve(answer)


def profile(engine: Engine, prompts: Sequence[str]) -> dict[str, float]:
    """Milliseconds of a median step in which every stream writes a token.

    Its parts only where the forward pass is compiled as a whole, and notes them.
    """
    for number, prompt in enumerate(prompts):
        engine.add_request(story_request(number, prompt, 2 * STEPS))
    while len(engine.step()) < len(prompts):
        pass  # somebody's prompt is still being read
    with pytest.MonkeyPatch.context() as patch:
        passes = _Passes(patch)
        steps = [{WHOLE: 1000 * _seconds(engine.step), **passes.last} for _ in range(STEPS)]
    for number in range(len(prompts)):
        engine.abort(str(number))
    part = {name: statistics.median(step[name] for step in steps) for name in steps[0]}
    if FORWARD not in part:
        return {"a step, ms": part[WHOLE]}
    return {
        "a step, ms": part[WHOLE],
        "linears of the layers, ms": sum(part[name] for name in LINEARS),
        "output head, ms": part[HEAD],
        "attention, ms": part[ATTENTION],
        "rest of the forward pass, ms": part[FORWARD]
        - sum(part[name] for name in (*LINEARS, HEAD, ATTENTION)),
        "sampling and all else, ms": part[WHOLE] - part[FORWARD],
    }


class _Passes:
    """Milliseconds of the last forward pass, by part, as its threads note when each is done."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.last: dict[str, float] = {}
        plain = PanelRunner.forward

        def timed(runner: PanelRunner, chunks: Sequence[Chunk]) -> Tensor:
            began = time.perf_counter()
            logits = plain(runner, chunks)
            self.last = {FORWARD: 1000 * (time.perf_counter() - began), **_parts(runner)}
            return logits

        patch.setattr(PanelRunner, "forward", timed)


def _parts(runner: PanelRunner) -> dict[str, float]:
    """Of the first one, before which nothing is noted, nothing is told."""
    took = np.diff(runner.board.ended) / 1e6
    spent: dict[str, float] = defaultdict(float)
    for name, milliseconds in zip(runner.parts[1:], took, strict=True):
        spent[name] += float(milliseconds)
    return spent


def limits(parameters: int, streams: int, precision: torch.dtype) -> dict[str, float]:
    """What reading every weight once, and multiplying by it once for each stream, takes at least.

    Of what torch reaches here: the better of a matrix times a vector and a sum, over memory that no
    cache holds; the better of a large matrix product in this precision and in fp32, which torch
    multiplied 40 times as fast as bytes where a processor has AVX2 alone.
    """
    torch.set_num_threads(ALL_THREADS)
    matrix, vector = torch.ones(ROWS, COLUMNS), torch.ones(COLUMNS)
    read = fastest(lambda: torch.mv(matrix, vector), matrix.sum) / matrix.nbytes
    product = fastest(*map(_product, dict.fromkeys((torch.float32, precision)))) / SQUARE**3
    torch.set_num_threads(1)  # as the engine has it, which computes with others
    return {
        "limit by memory, ms": 1000 * read * parameters * precision.itemsize,
        "limit by arithmetic, ms": 1000 * product * parameters * streams,
    }


def _product(precision: torch.dtype) -> Callable[[], object]:
    square = torch.ones(SQUARE, SQUARE, dtype=precision)
    multiply = torch._int_mm if precision == torch.int8 else torch.matmul
    return lambda: multiply(square, square)


def fastest(*ways: Callable[[], object]) -> float:
    """Seconds of the best of several rounds of the best way."""
    best = float("inf")
    for way in ways:
        for _ in range(ROUNDS):
            took = _seconds(way)
            best = min(best, took)
            if took > HOPELESS * best:
                break
    return best


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _parameters(model: Path) -> int:
    """That every step multiplies by: all but the embedding of positions."""
    from safetensors import safe_open

    with safe_open(model / "model.safetensors", "pt") as weights:
        sizes = {name: weights.get_slice(name).get_shape() for name in weights.keys()}  # noqa: SIM118
    counted = (shape for name, shape in sizes.items() if not name.endswith("wpe.weight"))
    return sum(int(torch.Size(shape).numel()) for shape in counted)


if __name__ == "__main__":
    main()
