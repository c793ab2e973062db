"""Linear layers compiled for this machine: exact by construction, and near its limits.

Weights lie in panels of WIDTH outputs, input by input, as they are read. Which rows share a tile,
and which thread computes it, changes no bit.
"""

import numpy as np
import torch
from numba import prange
from torch import Tensor

from services.worker.engine.compiling import compiled
from services.worker.engine.tiles import MOST_ROWS, WIDTH, multiply_tile


class PanelLinear:
    """As `Linear`, for rows in fp32.

    Weights that bf16 can hold are kept in it, which is as exact and half as much to read.
    """

    row_multiple = 1
    library = "panels"

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        outputs, inputs = weight.shape
        panels = -(-outputs // WIDTH)
        padded = torch.zeros(panels * WIDTH, inputs)
        padded[:outputs] = weight
        laid = padded.view(panels, WIDTH, inputs).transpose(1, 2).contiguous()
        halves = laid.bfloat16()
        is_short = torch.equal(halves.float(), laid)
        self._panels = (halves.view(torch.uint16) if is_short else laid).numpy()
        self._outputs = outputs
        self._bias = np.zeros(panels * WIDTH, np.float32)
        if bias is not None:
            self._bias[:outputs] = bias.float().numpy()

    def __call__(self, rows: Tensor) -> Tensor:
        result = np.empty((len(rows), self._outputs), np.float32)
        _multiply(rows.contiguous().numpy(), self._panels, self._bias, result)
        return torch.from_numpy(result)


class RoundedPanelLinear(PanelLinear):
    """Weights rounded to bf16, and nothing else: half as much to read on any processor."""

    library = "panels-bf16"

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__(weight.bfloat16().float(), bias)


@compiled(parallel=True)
def _multiply(x, panels, bias, result):  # type: ignore[no-untyped-def]
    rows, inputs = x.shape
    outputs = result.shape[1]
    tiles = (rows + MOST_ROWS - 1) // MOST_ROWS
    for panel in prange(len(panels)):
        first = panel * WIDTH
        weights = first * inputs
        is_whole = first + WIDTH <= outputs
        edge = np.empty((0 if is_whole else MOST_ROWS, WIDTH), np.float32)
        row = 0
        for tile in range(tiles):
            left = tiles - tile
            height = (rows - row + left - 1) // left
            x_at = row * inputs
            if is_whole:
                at = row * outputs + first
                multiply_tile(
                    height, inputs, x, x_at, panels, weights, bias, first, result, at, outputs
                )
            else:
                multiply_tile(height, inputs, x, x_at, panels, weights, bias, first, edge, 0, WIDTH)
                result[row : row + height, first:] = edge[:height, : outputs - first]
            row += height
