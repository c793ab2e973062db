"""Where attention keeps the keys and values of a chunk's rows, of one head: see `RaggedAttention`
for the layout.

Two threads may keep the same rows at once, so that each number is written once, as it stays.
"""

import numpy as np
from numba import types

from services.worker.engine.compiling import borrowing_by_type, compiled
from services.worker.engine.halves import rounded
from services.worker.engine.lines import copy_line, word_at
from services.worker.engine.packing import BF16_PAIRS, IN_FP32, pack
from services.worker.engine.processor import LANES, WIDTH
from services.worker.engine.quantizing import to_signed_bytes
from services.worker.engine.reducing import bits_of

BYTE_FOURS = np.int32
"""Four whole numbers of -127 to 127 to a word. Each row of a head has a scale of its own."""
Kept = type[np.float32] | type[np.uint32] | type[np.int32]
OF_WORD: dict[Kept, int] = {IN_FP32: 1, BF16_PAIRS: 2, BYTE_FOURS: 4}
SCALES, SUMS, OF_VALUES = 0, 1, 2
FURTHER_LINES = 3
"""In fp32 behind a strip of keys in bytes, of each position: the scale of its key, that times the
sum of the key's whole numbers, and the scale of its value."""
_NO_BITS, _LOWER, _HALF = np.uint32(0), np.uint32(0xFFFF), np.uint32(16)
_BYTE = np.int32(0xFF)


@borrowing_by_type
def keep(rows, head, heads, dim, keys, values, start, scratch):  # type: ignore[no-untyped-def]
    """The rows' keys and values from position `start` on."""

    def in_floats(rows, head, heads, dim, keys, values, start, scratch):  # type: ignore[no-untyped-def]
        _keep_keys(rows, (heads + head) * dim, dim, keys, start, scratch.number)
        first = (2 * heads + head) * dim
        for row in range(len(rows)):
            block, place = (start + row) // WIDTH, (start + row) % WIDTH
            for d in range(dim):
                values[block, d // LANES, place, d % LANES] = rows[row, first + d]

    def in_pairs(rows, head, heads, dim, keys, values, start, scratch):  # type: ignore[no-untyped-def]
        _keep_keys(rows, (heads + head) * dim, dim, keys, start, scratch.number)
        _keep_values_in_pairs(rows, (2 * heads + head) * dim, dim, values, start, scratch.line)

    def in_bytes(rows, head, heads, dim, keys, values, start, scratch):  # type: ignore[no-untyped-def]
        room = (scratch.number, scratch.signed, scratch.line)
        _keep_keys_in_bytes(rows, (heads + head) * dim, dim, keys, start, room)
        _keep_values_in_bytes(rows, (2 * heads + head) * dim, dim, keys, values, start, room)

    return {types.float32: in_floats, types.uint32: in_pairs, types.int32: in_bytes}[keys.dtype]


@compiled(borrows=True)
def _keep_keys(rows, first, dim, keys, start, key):  # type: ignore[no-untyped-def]
    for row in range(len(rows)):
        pick(rows, row, first, dim, key)
        strip, lane = _strip_of(keys, start + row)
        pack(key, keys, (strip + lane, LANES), 0)


@compiled(borrows=True)
def pick(rows, row, first, count, numbers):  # type: ignore[no-untyped-def]
    """Some of a row's numbers, to lie together whatever numba knows of the rows."""
    for i in range(count):
        numbers[i] = rows[row, first + i]


@compiled(borrows=True)
def _strip_of(keys, position):  # type: ignore[no-untyped-def]
    """Where its strip begins, and its lane there."""
    return keys.strides[0] // keys.itemsize * (position // LANES), position % LANES


@compiled(borrows=True)
def _keep_values_in_pairs(rows, first, dim, values, start, line):  # type: ignore[no-untyped-def]
    end = start + len(rows)
    for position in range(start // 2 * 2, end, 2):
        row, place = position - start, _place_of(values, position, 2)
        if row < 0:
            _read(values, place, line)
            for d in range(dim):
                line[d] &= _LOWER
        else:
            for d in range(dim):
                line[d] = rounded(rows[row, first + d])
        if position + 1 < end:
            for d in range(dim):
                line[d] |= rounded(rows[row + 1, first + d]) << _HALF
        _write(values, place, line)


@compiled(borrows=True)
def _keep_keys_in_bytes(rows, first, dim, keys, start, room):  # type: ignore[no-untyped-def]
    words = keys.shape[1] - FURTHER_LINES
    number, key, _ = room
    for row in range(len(rows)):
        pick(rows, row, first, dim, number)
        scale, total = to_signed_bytes(number[:dim], key)
        strip, lane = (start + row) // LANES, (start + row) % LANES
        for word in range(words):
            keys[strip, word, lane] = word_at(key, 4 * word)
        keys[strip, words + SCALES, lane] = bits_of(scale)
        keys[strip, words + SUMS, lane] = bits_of(scale * np.float32(total))


@compiled(borrows=True)
def _keep_values_in_bytes(rows, first, dim, keys, values, start, room):  # type: ignore[no-untyped-def]
    scales = keys.shape[1] - FURTHER_LINES + OF_VALUES
    number, value, line = room
    end = start + len(rows)
    for position in range(start // 4 * 4, end, 4):
        place, before = _place_of(values, position, 4), max(start - position, 0)
        if before:
            _read(values, place, line)
            _blank(line[:dim], before)
        else:
            line[:] = 0
        for byte in range(before, min(4, end - position)):
            pick(rows, position + byte - start, first, dim, number)
            scale, _ = to_signed_bytes(number[:dim], value)
            strip, lane = (position + byte) // LANES, (position + byte) % LANES
            keys[strip, scales, lane] = bits_of(scale)
            _put_bytes(value, line[:dim], byte)
        _write(values, place, line)


@compiled(borrows=True)
def _blank(line, kept):  # type: ignore[no-untyped-def]
    """All but the first bytes of each word."""
    mask = np.int32((np.int32(1) << (8 * kept)) - 1)
    for d in range(len(line)):
        line[d] = np.int32(line[d] & mask)


@compiled(borrows=True)
def _put_bytes(levels, line, byte):  # type: ignore[no-untyped-def]
    shift = np.int32(8 * byte)
    for d in range(len(line)):
        line[d] = np.int32(line[d] | (np.int32(np.int32(levels[d]) & _BYTE) << shift))


@compiled(borrows=True)
def _place_of(values, position, of_word):  # type: ignore[no-untyped-def]
    """Of the line with a position's first dimensions."""
    block = values.strides[0] // values.itemsize * (position // WIDTH)
    return block + position % WIDTH // of_word * LANES


@compiled(borrows=True)
def _read(values, place, line):  # type: ignore[no-untyped-def]
    """All dimensions' words of some positions, which lie in a line of each strip."""
    for strip in range(values.shape[1]):
        copy_line(values, place + strip * values.shape[2] * LANES, line, strip * LANES)


@compiled(borrows=True)
def _write(values, place, line):  # type: ignore[no-untyped-def]
    for strip in range(values.shape[1]):
        copy_line(line, strip * LANES, values, place + strip * values.shape[2] * LANES)
