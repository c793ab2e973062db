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

_FLOAT_BYTES = 4


class PanelLinear:
    """As `Linear`, in fp32."""

    row_multiple = 1
    library = "panels"

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        outputs, inputs = weight.shape
        panels = -(-outputs // WIDTH)
        padded = torch.zeros(panels * WIDTH, inputs)
        padded[:outputs] = weight
        self._outputs = outputs
        self._panels = padded.view(panels, WIDTH, inputs).transpose(1, 2).contiguous().numpy()
        self._bias = np.zeros(panels * WIDTH, np.float32)
        if bias is not None:
            self._bias[:outputs] = bias.numpy()

    def __call__(self, rows: Tensor) -> Tensor:
        result = np.empty((len(rows), self._outputs), np.float32)
        _multiply(rows.contiguous().numpy(), self._panels, self._bias, result)
        return torch.from_numpy(result)


@compiled(parallel=True)
def _multiply(x, panels, bias, result):  # type: ignore[no-untyped-def]
    rows, inputs = x.shape
    outputs = result.shape[1]
    tiles = (rows + MOST_ROWS - 1) // MOST_ROWS
    for panel in prange(len(panels)):
        first = panel * WIDTH
        is_whole = first + WIDTH <= outputs
        edge = np.empty((0 if is_whole else MOST_ROWS, WIDTH), np.float32)
        row = 0
        for tile in range(tiles):
            height = (rows - row + tiles - tile - 1) // (tiles - tile)
            target, stride = edge.ctypes.data, WIDTH
            if is_whole:
                target = result.ctypes.data + _FLOAT_BYTES * (row * outputs + first)
                stride = outputs
            multiply_tile(
                height,
                x.ctypes.data + _FLOAT_BYTES * row * inputs,
                inputs,
                panels.ctypes.data + _FLOAT_BYTES * first * inputs,
                inputs,
                bias.ctypes.data + _FLOAT_BYTES * first,
                target,
                stride,
            )
            if not is_whole:
                result[row : row + height, first:] = edge[:height, : outputs - first]
            row += height
