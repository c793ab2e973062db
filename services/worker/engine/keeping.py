"""Where attention keeps a row's key and value of one head; see `RaggedAttention` for the layout.

Two threads may keep the same rows at once, so that each number is written once, as it stays.
"""

import numpy as np
from numba import types

from services.worker.engine.compiling import compiled, compiled_by_type
from services.worker.engine.halves import rounded
from services.worker.engine.packing import pack
from services.worker.engine.processor import LANES, WIDTH

_NO_BITS, _LOWER, _HALF = np.uint32(0), np.uint32(0xFFFF), np.uint32(16)


@compiled()
def keep_key(row, first, dim, keys, position, key):  # type: ignore[no-untyped-def]
    for d in range(dim):
        key[d] = row[first + d]
    strip = keys.strides[0] // keys.itemsize * (position // LANES)
    pack(key, keys, (strip + position % LANES, LANES), 0)


@compiled_by_type
def keep_values(rows, first, dim, values, start):  # type: ignore[no-untyped-def]
    """Of each row the values from `first` on; nothing stands in between that another thread, which
    does the same, might read."""

    def in_floats(rows, first, dim, values, start):  # type: ignore[no-untyped-def]
        for row in range(len(rows)):
            block, place = (start + row) // WIDTH, (start + row) % WIDTH
            for d in range(dim):
                values[block, d // LANES, place, d % LANES] = rows[row, first + d]

    def in_pairs(rows, first, dim, values, start):  # type: ignore[no-untyped-def]
        end = start + len(rows)
        for position in range(start // 2 * 2, end, 2):
            block, word = position // WIDTH, position % WIDTH // 2
            row = position - start
            for d in range(dim):
                kept = values[block, d // LANES, word, d % LANES] & _LOWER
                lower = rounded(rows[row, first + d]) if row >= 0 else kept
                upper = rounded(rows[row + 1, first + d]) if position + 1 < end else _NO_BITS
                values[block, d // LANES, word, d % LANES] = lower | (upper << _HALF)

    return in_floats if values.dtype == types.float32 else in_pairs
