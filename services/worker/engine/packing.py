"""Rows as the tiles read them: of each tile, input by input, what its rows have there.

Rows are spread evenly over tiles, at most MOST_ROWS to each.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from services.worker.engine.compiling import compiled
from services.worker.engine.halves import rounded_half
from services.worker.engine.tiles import MOST_ROWS

_INDEX, _INT = ir.IntType(64), ir.IntType(32)


def new_packed(*times: int, rows: int, inputs: int, in_pairs: bool) -> NDArray[np.generic]:
    """Room for so many times so many rows of an even number of inputs: in fp32, or two in bf16 to a
    uint32.

    Zeros: what no row fills is multiplied, too.
    """
    if in_pairs:
        return np.zeros((*times, rows * inputs // 2), np.uint32)
    return np.zeros((*times, rows * inputs), np.float32)


@compiled()
def tiles_of(rows):  # type: ignore[no-untyped-def]
    return (rows + MOST_ROWS - 1) // MOST_ROWS


@compiled()
def first_row(tile, rows):  # type: ignore[no-untyped-def]
    return rows * tile // tiles_of(rows)


@compiled()
def tile_of(row, rows):  # type: ignore[no-untyped-def]
    """The first row of the tile that a row is in, and how many it has."""
    tile = ((row + 1) * tiles_of(rows) - 1) // rows
    start = first_row(tile, rows)
    return start, first_row(tile + 1, rows) - start


@compiled()
def pack(values, packed, row, rows, first):  # type: ignore[no-untyped-def]
    """Put an even number of a row's inputs in fp32, from input `first` on, to their places."""
    start, height = tile_of(row, rows)
    at = start * (len(packed) // rows) + row - start
    for pair in range(len(values) // 2):
        _put(packed, at, height, first // 2 + pair, values[2 * pair], values[2 * pair + 1])


def _put_pair(typing, packed, at, height, pair, low, high):  # type: ignore[no-untyped-def]
    """As the pair that it is, or as two rows' inputs behind each other."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        array, at, height, pair, low, high = values
        made = context.make_array(signature.args[0])(context, builder, array)
        if signature.args[0].dtype == types.uint32:
            lower, upper = (builder.zext(rounded_half(builder, each), _INT) for each in (low, high))
            both = builder.or_(lower, builder.shl(upper, _INT(16)))
            place = builder.add(at, builder.mul(pair, height))
            builder.store(both, builder.gep(made.data, [place]))
            return context.get_dummy_value()
        place = builder.add(at, builder.mul(builder.shl(pair, _INDEX(1)), height))
        builder.store(low, builder.gep(made.data, [place]))
        builder.store(high, builder.gep(made.data, [builder.add(place, height)]))
        return context.get_dummy_value()

    size = types.intp
    return types.void(packed, size, size, size, types.float32, types.float32), generate


_put: Any = intrinsic(_put_pair)
