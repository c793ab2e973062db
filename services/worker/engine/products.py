"""Matrix products of a step, panel by panel, and what becomes of their sums.

Which rows share a tile, and which thread computes it, changes no bit.
"""

import numpy as np
from numba import types

from services.worker.engine.compiling import borrowing_by_type, compiled
from services.worker.engine.crew import NONE, next_task
from services.worker.engine.exponential import gelu
from services.worker.engine.feeding import put_tile
from services.worker.engine.packing import first_row, tiles_of
from services.worker.engine.processor import MOST_BYTES, MOST_ROWS, WIDTH
from services.worker.engine.quantizing import dequantize
from services.worker.engine.tiles import multiply_tile

BLOCK_TILES = 8
"""Tiles of a block: its sums stay in the first cache beside the weights."""
STORE, ADD, ACTIVATE = 0, 1, 2
"""Sums are stored in `result`, or `before` with them added is, or they go through GELU into
`packed`, for a layer that follows."""


@compiled()
def multiply(crew, part, linears, layer, inputs, shifts, fate, before, result, packed):  # type: ignore[no-untyped-def]
    """Packed `inputs` by one of some layers: bias + x Wᵀ, and to the sums of each row what `shifts`
    has for it."""
    rows = len(shifts)
    sums = np.empty((_most_rows(rows), WIDTH), np.float32)
    lines = np.empty((MOST_ROWS, WIDTH // 2), np.int32)
    scratch = (sums, np.empty(sums.shape, np.int32), lines)
    return _multiply_all(
        crew, part, linears, layer, inputs, shifts, fate, before, result, packed, scratch
    )


@compiled(borrows=True)
def _multiply_all(  # type: ignore[no-untyped-def]
    crew, part, linears, layer, inputs, shifts, fate, before, result, packed, scratch
):
    rows, panels = len(shifts), linears.weights.shape[1]
    sums, totals, lines = scratch
    tiles = tiles_of(rows)
    panel = next_task(crew, part, panels, NONE)
    while panel != NONE:
        for tile in range(0, tiles, BLOCK_TILES):
            first, last = tile, min(tiles, tile + BLOCK_TILES)
            _sum_up(inputs, linears, layer, panel, first, last, shifts, sums, totals)
            if fate == ACTIVATE:
                _activate(sums, lines, first, last, rows, panel * WIDTH, packed)
            else:
                start, end = first_row(first, rows), first_row(last, rows)
                _deliver(sums, start, end, panel * WIDTH, fate, before, result)
        panel = next_task(crew, part, panels, panel)
    return part + 1


@borrowing_by_type
def _sum_up(inputs, linears, layer, panel, first, last, shifts, sums, totals):  # type: ignore[no-untyped-def]
    """What a panel's outputs come to for the rows of a block of tiles; `totals` is room for whole
    numbers."""

    def in_floats(inputs, linears, layer, panel, first, last, shifts, sums, totals):  # type: ignore[no-untyped-def]
        rows, bias = len(shifts), linears.bias[layer]
        start, end = first_row(first, rows), first_row(last, rows)
        for row in range(start, end):
            for output in range(WIDTH):
                sums[row - start, output] = bias[panel * WIDTH + output] + shifts[row]
        _multiply_block(inputs, rows, linears.weights[layer], panel, first, last, sums)

    def in_bytes(inputs, linears, layer, panel, first, last, shifts, sums, totals):  # type: ignore[no-untyped-def]
        rows = len(shifts)
        start, end = first_row(first, rows), first_row(last, rows)
        totals[: end - start] = 0
        _multiply_block(inputs.packed, rows, linears.weights[layer], panel, first, last, totals)
        dequantize(
            totals[: end - start],
            inputs.ranges[start:end],
            shifts[start:end],
            linears.scales[layer, panel],
            linears.sums[layer, panel],
            linears.bias[layer, panel * WIDTH : (panel + 1) * WIDTH],
            sums,
        )

    return in_floats if isinstance(inputs, types.Array) else in_bytes


@compiled(borrows=True)
def _most_rows(rows):  # type: ignore[no-untyped-def]
    tiles = tiles_of(rows)
    most = 0
    for tile in range(0, tiles, BLOCK_TILES):
        last = min(tiles, tile + BLOCK_TILES)
        most = max(most, first_row(last, rows) - first_row(tile, rows))
    return most


@compiled(borrows=True)
def _multiply_block(inputs, rows, weights, panel, first, last, sums):  # type: ignore[no-untyped-def]
    count = weights.shape[1]
    of_word = len(inputs) // (rows * count)
    # Pieces of one size, since each sends for as much as it has itself.
    pieces = (count * WIDTH * weights.itemsize + MOST_BYTES - 1) // MOST_BYTES
    most = (count + pieces - 1) // pieces
    start_row = first_row(first, rows)
    # All tiles of a block together send for the weights of the next one, which follow.
    pace = (WIDTH + last - first - 1) // (last - first)
    for start in range(0, count, most):
        length = min(most, count - start)
        at = (panel * count + start) * WIDTH
        for tile in range(first, last):
            row, end = first_row(tile, rows), first_row(tile + 1, rows)
            height = end - row
            x_at = (row * count + start * height) * of_word
            ahead = at + length * (WIDTH + (tile - first) * pace)
            sums_at = (row - start_row) * WIDTH
            multiply_tile(
                height, length, inputs, x_at, weights, at, ahead, pace, sums, sums_at, WIDTH
            )


@compiled(borrows=True)
def _activate(sums, lines, first, last, rows, output, packed):  # type: ignore[no-untyped-def]
    """Tiles from `first` to `last`, whose outputs from `output` on are inputs of what follows."""
    start, end = first_row(first, rows), first_row(last, rows)
    gelu(sums[: end - start].reshape((end - start) * WIDTH))
    for tile in range(first, last):
        row, behind = first_row(tile, rows), first_row(tile + 1, rows)
        put_tile(sums, row - start, behind - row, lines, packed, row, rows, output)


@compiled(borrows=True)
def _deliver(sums, start, end, first, fate, before, result):  # type: ignore[no-untyped-def]
    for row in range(start, end):
        own, target = sums[row - start], result[row, first : first + WIDTH]
        if fate == ADD:
            former = before[row, first : first + WIDTH]
            for output in range(WIDTH):
                target[output] = former[output] + own[output]
        else:
            for output in range(WIDTH):
                target[output] = own[output]
