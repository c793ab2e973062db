"""Linear layers compiled for this machine: exact by construction, and near its limits.

Weights lie in panels of WIDTH outputs, input by input, as they are read. Which rows share a tile,
and which thread computes it, changes no bit.
"""

import numpy as np
import torch
from numba import prange
from torch import Tensor

from services.worker.engine.compiling import compiled
from services.worker.engine.exponential import gelu
from services.worker.engine.tiles import MOST_INPUTS, MOST_ROWS, WIDTH, multiply_tile


class PanelLinear:
    """As `Linear`, for rows in fp32.

    Weights that bf16 can hold are kept in it, which is as exact and half as much to read.
    """

    row_multiple = 1
    library = "panels"

    def __init__(self, weight: Tensor, bias: Tensor | None, *, with_gelu: bool = False) -> None:
        outputs, inputs = weight.shape
        panels = -(-outputs // WIDTH)
        padded = torch.zeros(panels * WIDTH, inputs)
        padded[:outputs] = weight
        laid = padded.view(panels, WIDTH, inputs).transpose(1, 2).contiguous()
        halves = laid.bfloat16()
        is_short = torch.equal(halves.float(), laid)
        self._panels = (halves.view(torch.uint16) if is_short else laid).numpy()
        self._outputs = outputs
        self._with_gelu = with_gelu
        self._bias = np.zeros(panels * WIDTH, np.float32)
        if bias is not None:
            self._bias[:outputs] = bias.float().numpy()

    def __call__(self, rows: Tensor) -> Tensor:
        result = np.empty((len(rows), self._outputs), np.float32)
        _multiply(rows.contiguous().numpy(), self._panels, self._bias, self._with_gelu, result)
        return torch.from_numpy(result)


class RoundedPanelLinear(PanelLinear):
    """Weights rounded to bf16, and nothing else: half as much to read on any processor."""

    library = "panels-bf16"

    def __init__(self, weight: Tensor, bias: Tensor | None, *, with_gelu: bool = False) -> None:
        super().__init__(weight.bfloat16().float(), bias, with_gelu=with_gelu)


@compiled(parallel=True)
def _multiply(x, panels, bias, with_gelu, result):  # type: ignore[no-untyped-def]
    rows, inputs = x.shape
    outputs = result.shape[1]
    tiles = (rows + MOST_ROWS - 1) // MOST_ROWS
    # All tiles of a block together send for the weights of the next one, which follow.
    pace = (WIDTH + tiles - 1) // tiles
    for panel in prange(len(panels)):
        first = panel * WIDTH
        width = min(WIDTH, outputs - first)
        sums, at, gap = result, first, outputs
        if width < WIDTH:
            sums, at, gap = np.empty((rows, WIDTH), np.float32), 0, WIDTH
        for row in range(rows):
            sums[row, at : at + WIDTH] = bias[first : first + WIDTH]
        for start in range(0, inputs, MOST_INPUTS):
            count = min(MOST_INPUTS, inputs - start)
            weights = first * inputs + start * WIDTH
            row = 0
            for tile in range(tiles):
                left = tiles - tile
                height = (rows - row + left - 1) // left
                x_at, sums_at = row * inputs + start, row * gap + at
                ahead = weights + count * (WIDTH + tile * pace)
                multiply_tile(
                    height, count, x, x_at, inputs, panels, weights, ahead, pace, sums, sums_at, gap
                )
                row += height
        if with_gelu:
            scratch = np.empty(WIDTH, np.float32)
            for row in range(rows):
                gelu(sums[row, at : at + WIDTH], scratch)
        if width < WIDTH:
            result[:, first:] = sums[:, :width]
