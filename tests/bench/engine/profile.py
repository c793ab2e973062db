"""`python -m tests.bench.engine.profile MODEL SLOTS DTYPE`: where a step's time goes.

A child process of the bench. Asked with prompts it answers with the milliseconds of each part of a
median step, and with the limits of this machine for the same step, measured beside it.
"""

import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from services.worker.engine import Engine
from services.worker.engine.attention import TorchAttention
from services.worker.engine.dtypes import Dtype, choose_dtype
from services.worker.engine.linear import PackedLinear, PlainLinear
from services.worker.engine.model_runner import ModelRunner
from services.worker.engine.panels import PanelLinear
from services.worker.engine.ragged import RaggedAttention
from services.worker.engine.weights import Head
from tests.bench.children import serve
from tests.bench.engine.ours import story_request

DTYPES: dict[str, Dtype] = {"fp32": "float32", "bf16": "bfloat16"}
STEPS = 24
READ_NUMBERS = 64_000_000
SQUARE = 2_048
ROUNDS = 5
WHOLE, FORWARD, LINEARS, HEAD, ATTENTION = "step", "forward", "linears", "head", "attention"
_TIMED: Sequence[tuple[type, str, str]] = (
    (Engine, "step", WHOLE),
    (ModelRunner, "forward", FORWARD),
    (PanelLinear, "__call__", LINEARS),
    (PackedLinear, "__call__", LINEARS),
    (PlainLinear, "__call__", LINEARS),
    (Head, "__call__", HEAD),
    (RaggedAttention, "mix", ATTENTION),
    (TorchAttention, "mix", ATTENTION),
)


def main() -> None:
    model, slots, dtype = sys.argv[1:]
    engine = Engine.load(model, dtype=DTYPES[dtype], max_batch=int(slots))
    parameters, precision = _parameters(Path(model)), choose_dtype(DTYPES[dtype])

    def answer(prompts: Sequence[str]) -> dict[str, float]:
        return {**profile(engine, prompts), **limits(parameters, len(prompts), precision)}

    serve(answer)


def profile(engine: Engine, prompts: Sequence[str]) -> dict[str, float]:
    """Milliseconds of a median step in which every stream writes a token."""
    for number, prompt in enumerate(prompts):
        engine.add_request(story_request(number, prompt, 2 * STEPS))
    while len(engine.step()) < len(prompts):
        pass  # somebody's prompt is still being read
    with _timing() as spent:
        steps = [_one_step(engine, spent) for _ in range(STEPS)]
    for number in range(len(prompts)):
        engine.abort(str(number))
    part = {name: statistics.median(step[name] for step in steps) for name in steps[0]}
    linears = part[LINEARS] - part[HEAD]
    return {
        "a step, ms": part[WHOLE],
        "linears of the layers, ms": linears,
        "output head, ms": part[HEAD],
        "attention, ms": part[ATTENTION],
        "rest of the forward pass, ms": part[FORWARD] - part[LINEARS] - part[ATTENTION],
        "sampling and all else, ms": part[WHOLE] - part[FORWARD],
    }


def limits(parameters: int, streams: int, precision: torch.dtype) -> dict[str, float]:
    """What reading every weight once, and multiplying by it once for each stream, takes at least.

    Of what torch reaches here: a sum over memory that no cache holds, a large matrix product.
    """
    numbers = torch.ones(READ_NUMBERS)
    square = torch.ones(SQUARE, SQUARE, dtype=precision)
    read = min(_seconds(numbers.sum) for _ in range(ROUNDS)) / numbers.nbytes
    product = min(_seconds(lambda: square @ square) for _ in range(ROUNDS)) / SQUARE**3
    return {
        "limit by memory, ms": 1000 * read * parameters * precision.itemsize,
        "limit by arithmetic, ms": 1000 * product * parameters * streams,
    }


def _one_step(engine: Engine, spent: dict[str, float]) -> dict[str, float]:
    spent.clear()
    engine.step()
    return {name: 1000 * spent[name] for _, _, name in _TIMED}


@contextmanager
def _timing() -> Iterator[dict[str, float]]:
    """Seconds spent in each part, added up; the parts nest."""
    spent: dict[str, float] = defaultdict(float)
    plain = [(kind, method, getattr(kind, method)) for kind, method, _ in _TIMED]
    for kind, method, name in _TIMED:
        setattr(kind, method, _timed(getattr(kind, method), name, spent))
    try:
        yield spent
    finally:
        for kind, method, function in plain:
            setattr(kind, method, function)


def _timed(function: Callable[..., Any], name: str, spent: dict[str, float]) -> Callable[..., Any]:
    def timed(*args: Any) -> Any:
        began = time.perf_counter()
        result = function(*args)
        spent[name] += time.perf_counter() - began
        return result

    return timed


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
