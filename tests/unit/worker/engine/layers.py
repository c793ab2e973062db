"""Linear layers of our own, asked by themselves."""

from functools import partial
from typing import Any

import numba
import numpy as np
import torch
import torch.nn.functional as F
from numba import prange
from torch import Tensor

from services.worker.engine.compiling import compiled
from services.worker.engine.crew import new_board
from services.worker.engine.feeding import put_row
from services.worker.engine.memory import Arena
from services.worker.engine.packing import new_packed
from services.worker.engine.panels import PanelKind, lay_out
from services.worker.engine.products import ADD, STORE, multiply
from services.worker.engine.quantizing import new_rows


@compiled()
def pack_all(rows: Any, packed: Any) -> None:
    levels = np.empty(rows.shape[1], np.uint8)
    for row in range(len(rows)):
        put_row(rows[row], levels, packed, row, len(rows))


@compiled(parallel=True)
def crew_multiplies(
    board: Any,
    panels: Any,
    inputs: Any,
    shifts: Any,
    fate: Any,
    before: Any,
    result: Any,
    packed: Any,
) -> None:
    for member in prange(board.members.shape[1]):
        multiply((board, member), 0, panels, 0, inputs, shifts, fate, before, result, packed)


def packed_rows(x: Tensor, kind: PanelKind) -> Any:
    rows = F.pad(x, (0, -x.shape[1] % kind.multiple)).numpy()
    new: Any = new_rows if kind.quantized else partial(new_packed, word=kind.word)
    packed = new(rows=len(rows), inputs=rows.shape[1], arena=Arena(), in_lines=kind.in_lines)
    pack_all(rows, packed)
    return packed


def linear(
    kind: PanelKind, weight: Tensor, bias: Tensor | None, x: Tensor, before: Tensor | None = None
) -> Tensor:
    """The layer's outputs; added to what was there before, if anything was."""
    panels = lay_out([(weight, bias)], kind)
    result = np.zeros((len(x), panels.bias.shape[1]), np.float32)
    added = np.zeros_like(result)
    if before is not None:
        added[:, : len(weight)] = before.numpy()
    fate = STORE if before is None else ADD
    packed, shifts = packed_rows(x, kind), np.zeros(len(x), np.float32)
    board = new_board(1, numba.get_num_threads(), panels.weights.shape[1])
    crew_multiplies(board, panels, packed, shifts, fate, added, result, packed)
    return torch.from_numpy(result[:, : len(weight)])


def random(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
