"""Matrix products of a step, panel by panel, and what becomes of their sums.

Which rows share a tile, and which thread computes it, changes no bit.
"""

import numpy as np
from numba import types

from services.worker.engine.amx import (
    CONFIG_BYTES,
    MOST_GROUPS,
    MOST_LINES,
    configure,
    groups_of,
    multiply_lines,
    put_away,
    share_of,
)
from services.worker.engine.compiling import borrowing_by_type, compiled
from services.worker.engine.crew import NONE, next_task
from services.worker.engine.exponential import gelu
from services.worker.engine.feeding import put_tile
from services.worker.engine.packing import SPARE_LINES, are_lines, first_row, tiles_of
from services.worker.engine.processor import MOST_BYTES, MOST_ROWS, WIDTH
from services.worker.engine.quantizing import dequantize
from services.worker.engine.tiles import multiply_tile

BLOCK_TILES = 8
"""Tiles of a block: its sums stay in the first cache beside the weights."""
STORE, ADD, ACTIVATE = np.int64(0), np.int64(1), np.int64(2)
"""Sums are stored in `result`, or `before` with them added is, or they go through GELU into
`packed`, for a layer that follows. Not numbers of Python's, as `NONE` says."""


@compiled()
def multiply(crew, part, linears, layer, inputs, shifts, fate, before, result, packed):  # type: ignore[no-untyped-def]
    """Packed `inputs` by one of some layers: bias + x Wᵀ, and to the sums of each row what `shifts`
    has for it."""
    rows = len(shifts)
    sums = np.empty((_most_rows(rows) + SPARE_LINES, WIDTH), np.float32)
    lines = np.empty((MOST_ROWS, WIDTH // 2), np.int32)
    scratch = (sums, np.empty(sums.shape, np.int32), lines, np.zeros(CONFIG_BYTES, np.uint8))
    return _multiply_all(
        crew, part, linears, layer, inputs, shifts, fate, before, result, packed, scratch
    )


@compiled(borrows=True)
def _multiply_all(  # type: ignore[no-untyped-def]
    crew, part, linears, layer, inputs, shifts, fate, before, result, packed, scratch
):
    rows, panels = len(shifts), linears.weights.shape[1]
    sums, totals, lines, config = scratch
    tiles = tiles_of(rows)
    panel = next_task(crew, part, panels, NONE)
    while panel != NONE:
        for tile in range(0, tiles, BLOCK_TILES):
            first, last = tile, min(tiles, tile + BLOCK_TILES)
            _sum_up(inputs, linears, layer, panel, first, last, shifts, sums, totals, config)
            if fate == ACTIVATE:
                _activate(sums, lines, first, last, rows, panel * WIDTH, packed)
            else:
                start, end = first_row(first, rows), first_row(last, rows)
                _deliver(sums, start, end, panel * WIDTH, fate, before, result)
        panel = next_task(crew, part, panels, panel)
    _end(inputs, config)
    return part + 1


@borrowing_by_type
def _sum_up(inputs, linears, layer, panel, first, last, shifts, sums, totals, config):  # type: ignore[no-untyped-def]
    """What a panel's outputs come to for the rows of a block of tiles; `totals` is room for whole
    numbers."""

    def in_floats(inputs, linears, layer, panel, first, last, shifts, sums, totals, config):  # type: ignore[no-untyped-def]
        rows, bias = len(shifts), linears.bias[layer]
        start, end = first_row(first, rows), first_row(last, rows)
        for row in range(start, end):
            for output in range(WIDTH):
                sums[row - start, output] = bias[panel * WIDTH + output] + shifts[row]
        _multiply_block(inputs, rows, linears.weights[layer], panel, first, last, sums, config)

    def in_bytes(inputs, linears, layer, panel, first, last, shifts, sums, totals, config):  # type: ignore[no-untyped-def]
        rows = len(shifts)
        start, end = first_row(first, rows), first_row(last, rows)
        totals[: end - start] = 0
        _multiply_block(
            inputs.packed, rows, linears.weights[layer], panel, first, last, totals, config
        )
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


@borrowing_by_type
def _end(inputs, config):  # type: ignore[no-untyped-def]
    """Only processors that have AMX can compile what puts it away."""
    is_array = isinstance(inputs, types.Array)
    packed = inputs if is_array else inputs.types[inputs.fields.index("packed")]
    return (lambda inputs, config: put_away(config)) if are_lines(packed) else _do_nothing


def _do_nothing(inputs, config):  # type: ignore[no-untyped-def]
    pass


@compiled(borrows=True)
def _most_rows(rows):  # type: ignore[no-untyped-def]
    tiles = tiles_of(rows)
    most = 0
    for tile in range(0, tiles, BLOCK_TILES):
        last = min(tiles, tile + BLOCK_TILES)
        most = max(most, first_row(last, rows) - first_row(tile, rows))
    return most


@borrowing_by_type
def _multiply_block(inputs, rows, weights, panel, first, last, sums, config):  # type: ignore[no-untyped-def]
    """The sums of a block of tiles: all of a panel's inputs, a piece after the other.

    All tiles of a block, or groups of lines, together send for the weights of the next piece, which
    follow: pieces are of one size, since each sends for as much as it has itself.
    """

    def in_tiles(inputs, rows, weights, panel, first, last, sums, config):  # type: ignore[no-untyped-def]
        count = weights.shape[1]
        of_word = len(inputs) // (rows * count)
        most = _piece(count, weights.itemsize, 1)
        start_row = first_row(first, rows)
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

    def in_lines(inputs, rows, weights, panel, first, last, sums, config):  # type: ignore[no-untyped-def]
        count = weights.shape[1]
        most = _piece(count, weights.itemsize, MOST_LINES)
        start_row, end_row = first_row(first, rows), first_row(last, rows)
        groups = groups_of(end_row - start_row)
        height = (end_row - start_row + groups - 1) // groups
        passes = (groups + MOST_GROUPS - 1) // MOST_GROUPS
        configure(config, height)
        for start in range(0, count, most):
            length = min(most, count - start)
            at = (panel * count + start) * WIDTH
            for each in range(passes):
                group = each * MOST_GROUPS
                x_at = (start_row + group * height) * count + start
                ahead = at + length * (WIDTH + each * share_of(passes))
                multiply_lines(
                    min(groups - group, MOST_GROUPS),
                    passes,
                    length,
                    inputs,
                    x_at,
                    height,
                    weights,
                    at,
                    ahead,
                    sums,
                    group * height * WIDTH,
                )

    return in_lines if are_lines(inputs) else in_tiles


@compiled(borrows=True)
def _piece(count, size, multiple):  # type: ignore[no-untyped-def]
    """Words of a row whose weights stay in the first cache."""
    pieces = (count * WIDTH * size + MOST_BYTES - 1) // MOST_BYTES
    return (count + pieces * multiple - 1) // (pieces * multiple) * multiple


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
