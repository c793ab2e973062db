"""Linear layers compiled for this machine: exact by construction, and near its limits.

Weights lie in panels of WIDTH outputs, input by input, as they are read. Which rows share a tile,
and which thread computes it, changes no bit.
"""

import numpy as np
import torch
import torch.nn.functional as F
from numba import prange
from torch import Tensor

from services.worker.engine.compiling import compiled
from services.worker.engine.exponential import gelu
from services.worker.engine.tiles import MOST_BYTES, MOST_ROWS, WIDTH, multiply_tile


class PanelLinear:
    """As `Linear`, for rows in fp32.

    Weights that bf16 can hold are kept in it, which is as exact and half as much to read.
    """

    row_multiple = 1
    library = "panels"
    rounds = False

    def __init__(self, weight: Tensor, bias: Tensor | None, *, with_gelu: bool = False) -> None:
        self._outputs = len(weight)
        self._with_gelu = with_gelu
        self._panels = self._laid_out(F.pad(weight, (0, 0, 0, -len(weight) % WIDTH))).numpy()
        self._bias = np.zeros(len(self._panels) * WIDTH, np.float32)
        if bias is not None:
            self._bias[: self._outputs] = bias.float().numpy()

    def __call__(self, rows: Tensor) -> Tensor:
        result = np.empty((len(rows), self._outputs), np.float32)
        inputs = self._inputs(rows).numpy()
        _multiply(inputs, self._panels, self._bias, self._with_gelu, result)
        return torch.from_numpy(result)

    def _inputs(self, rows: Tensor) -> Tensor:
        return rows.contiguous()

    def _laid_out(self, weight: Tensor) -> Tensor:
        """[panels * WIDTH, inputs] as [panels, inputs, WIDTH]."""
        laid = _in_panels(weight.float())
        halves = laid.bfloat16()
        return halves.view(torch.uint16) if torch.equal(halves.float(), laid) else laid


class RoundedPanelLinear(PanelLinear):
    """Weights rounded to bf16, and nothing else: half as much to read on any processor."""

    library = "panels-bf16"

    def __init__(self, weight: Tensor, bias: Tensor | None, *, with_gelu: bool = False) -> None:
        super().__init__(weight.bfloat16().float(), bias, with_gelu=with_gelu)


class PairPanelLinear(PanelLinear):
    """Rows rounded to bf16, too, where a processor multiplies two pairs at once. Sums are fp32."""

    library = "panels-bf16-pairs"
    rounds = True

    def _inputs(self, rows: Tensor) -> Tensor:
        return _in_pairs(rows)

    def _laid_out(self, weight: Tensor) -> Tensor:
        return _in_panels(_in_pairs(weight))


def _in_pairs(rows: Tensor) -> Tensor:
    """[rows, inputs] as [rows, inputs / 2] of uint32, each two inputs in bf16."""
    whole = F.pad(rows, (0, rows.shape[1] % 2))
    return whole.bfloat16().contiguous().view(torch.uint32)


def _in_panels(weight: Tensor) -> Tensor:
    outputs, inputs = weight.shape
    return weight.view(outputs // WIDTH, WIDTH, inputs).transpose(1, 2).contiguous()


@compiled(parallel=True)
def _multiply(x, panels, bias, with_gelu, result):  # type: ignore[no-untyped-def]
    rows, inputs = x.shape
    outputs = result.shape[1]
    tiles = (rows + MOST_ROWS - 1) // MOST_ROWS
    # All tiles of a block together send for the weights of the next one, which follow.
    pace = (WIDTH + tiles - 1) // tiles
    most = MOST_BYTES // (WIDTH * panels.itemsize)
    for panel in prange(len(panels)):
        first = panel * WIDTH
        width = min(WIDTH, outputs - first)
        sums, at, gap = result, first, outputs
        if width < WIDTH:
            sums, at, gap = np.empty((rows, WIDTH), np.float32), 0, WIDTH
        for row in range(rows):
            sums[row, at : at + WIDTH] = bias[first : first + WIDTH]
        for start in range(0, inputs, most):
            count = min(most, inputs - start)
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
