"""Rows and weights in whole numbers of a byte, whose products the tiles add exactly.

A number of a row is `lowest + step * q`, with q of 0 to 255 between the row's least and greatest; a
weight is `scale * w`, with w of -127 to 127 between the greatest of its output and its opposite. So
a product is `step * scale * Σ q w + lowest * scale * Σ w`: what LLM.int8() (Dettmers et al. 2022)
calls zero-point quantization by vectors. What it costs a model is measured in its tests.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from services.worker.engine.compiling import borrowing_by_type, compiled
from services.worker.engine.crew import NONE, next_task
from services.worker.engine.lines import word_at
from services.worker.engine.memory import Arena
from services.worker.engine.packing import (
    are_lines,
    first_row,
    place_of,
    put_four,
    shape_of,
    tiles_of,
)
from services.worker.engine.processor import WIDTH, WORDS_OF_FOUR
from services.worker.engine.reducing import extremes

MOST_OF_WEIGHTS = 127
_f32 = np.float32
_LEAST_STEP = _f32(1e-30)
"""A row whose numbers lie closer together is all its lowest."""
_MIDDLE = np.int32(128)


class QuantizedRows(NamedTuple):
    """Rows on their way into the tiles; a first axis, if any, counts such rooms."""

    whole: NDArray[np.float32]
    """[rows, inputs], if they come in parts: before all are there, none can be rounded. Else [rows,
    0]."""
    packed: NDArray[np.int32]
    """[rows * inputs / 4 * WORDS_OF_FOUR], as the tiles read them; or in lines, of fours."""
    ranges: NDArray[np.float32]
    """[rows, lowest and step]."""


class QuantizedPanels(NamedTuple):
    """As `Panels`."""

    weights: NDArray[np.int32]
    """[layers, panels, inputs / 4, WIDTH]: four inputs' each."""
    bias: NDArray[np.float32]
    """[layers, panels * WIDTH]."""
    scales: NDArray[np.float32]
    """[layers, panels, WIDTH], as the next."""
    sums: NDArray[np.float32]
    """scale * Σ w."""


def new_rows(
    *times: int,
    rows: int,
    inputs: int,
    arena: Arena,
    in_parts: bool = False,
    is_filled: bool = False,
    in_lines: bool = False,
) -> QuantizedRows:
    """Room for so many times so many rows; `is_filled`: with all their inputs, which else are 0."""
    new = arena.empty if is_filled else arena.zeros
    words = inputs // 4 * (1 if in_lines else WORDS_OF_FOUR)
    return QuantizedRows(
        new((*times, rows, inputs if in_parts else 0), np.float32),
        arena.empty((*times, *shape_of(rows, words, in_lines=in_lines)), np.int32),
        arena.empty((*times, rows, 2), np.float32),
    )


def quantize_weights(whole: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of [..., outputs, inputs], which is used up: the same in int8, and of each output its scale
    and its sum."""
    scales = whole.abs().amax(-1) / MOST_OF_WEIGHTS
    divisors = scales.clamp(min=torch.finfo(torch.float32).tiny).unsqueeze(-1)
    rounded = whole.div_(divisors).round_().to(torch.int8)
    return rounded, scales, scales * rounded.sum(-1)


@compiled(borrows=True)
def quantize(values, levels, rows, row):  # type: ignore[no-untyped-def]
    """Put a whole row to its place among `QuantizedRows`. `levels` is room for its bytes."""
    rows.ranges[row, 0], rows.ranges[row, 1] = to_bytes(values, levels)
    _put(levels, rows.packed, row, len(rows.ranges))


@borrowing_by_type
def _put(levels, packed, row, count):  # type: ignore[no-untyped-def]
    def in_tile(levels, packed, row, count):  # type: ignore[no-untyped-def]
        at, height = place_of(row, count, packed)
        for four in range(len(levels) // 4):
            put_four(levels, four, packed, at, height)

    def in_line(levels, packed, row, count):  # type: ignore[no-untyped-def]
        for four in range(len(levels) // 4):
            packed[row, four] = word_at(levels, 4 * four)

    return in_line if are_lines(packed) else in_tile


@compiled(borrows=True)
def to_bytes(values, levels):  # type: ignore[no-untyped-def]
    """Whole numbers of 0 to 255; returns the lowest value, and the step."""
    lowest, greatest = extremes(values)
    return lowest, levels_between(lowest, greatest, values, levels)


@compiled(borrows=True)
def levels_between(lowest, greatest, values, levels):  # type: ignore[no-untyped-def]
    """As `to_bytes`; returns the step alone."""
    step = (greatest - lowest) / _f32(255)
    inverse = _f32(1) / step if step > _LEAST_STEP else _f32(0)
    for i in range(len(values)):
        levels[i] = np.uint8(np.int32((values[i] - lowest) * inverse + _f32(0.5)))
    return step


@compiled(borrows=True)
def to_signed_bytes(values, levels):  # type: ignore[no-untyped-def]
    """Whole numbers of -127 to 127; returns their scale and their sum."""
    lowest, greatest = extremes(values)
    scale = max(greatest, -lowest) / _f32(MOST_OF_WEIGHTS)
    inverse = _f32(1) / scale if scale > _LEAST_STEP else _f32(0)
    total = np.int32(0)
    for i in range(len(values)):
        # int32 again and again: numba's sums are int64, of which a register holds half as many.
        level = np.int32(np.int32(values[i] * inverse + _f32(128.5)) - _MIDDLE)
        levels[i] = np.int8(level)
        total = np.int32(total + level)
    return scale, total


@compiled()
def quantize_all(crew, part, rows):  # type: ignore[no-untyped-def]
    """A tile is a task: threads that wrote to the same lines of it would wait for each other."""
    return _quantize_tiles(crew, part, rows, np.empty(rows.whole.shape[1], np.uint8))


@compiled(borrows=True)
def _quantize_tiles(crew, part, rows, levels):  # type: ignore[no-untyped-def]
    count = len(rows.ranges)
    tiles = tiles_of(count)
    tile = next_task(crew, part, tiles, NONE)
    while tile != NONE:
        for row in range(first_row(tile, count), first_row(tile + 1, count)):
            quantize(rows.whole[row], levels, rows, row)
        tile = next_task(crew, part, tiles, tile)
    return part + 1


@compiled(borrows=True)
def dequantize(totals, ranges, shifts, scales, offsets, bias, sums):  # type: ignore[no-untyped-def]
    """What whole numbers [rows, outputs] stand for."""
    for row in range(len(totals)):
        lowest, step, shift = ranges[row, 0], ranges[row, 1], shifts[row]
        for output in range(WIDTH):
            product = step * (scales[output] * _f32(totals[row, output]))
            sums[row, output] = bias[output] + shift + lowest * offsets[output] + product
