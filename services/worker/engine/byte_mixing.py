"""As `mixing`, with everything in whole numbers of a byte, whose products are added exactly: a half
as much to read as in bf16.

A query is `lowest + step * q`, a key or a value `scale * w`; see `quantizing`. A weight has its
value's scale in it before it is rounded, to 0 to 255 between nothing and the row's greatest. What
it costs a model is measured in the tests of int8.
"""

from typing import Any, NamedTuple

import numpy as np

from services.worker.engine.compiling import compiled
from services.worker.engine.keeping import FURTHER_LINES, OF_VALUES, SCALES, SUMS, pick
from services.worker.engine.lines import ask_for_line, copy_line
from services.worker.engine.mixing import add_scores, add_values, exponentials
from services.worker.engine.packing import put_four
from services.worker.engine.processor import LANES, MOST_ROWS, WORDS_OF_FOUR
from services.worker.engine.quantizing import levels_between, to_bytes
from services.worker.engine.reducing import extremes, total

_f32 = np.float32


class Scratch(NamedTuple):
    """Of a thread, for any tile of rows."""

    number: Any
    """[dimensions]."""
    signed: Any
    """[dimensions]: a key's or a value's whole numbers, filled up with zeros."""
    line: Any
    """[dimensions]: words of values."""
    levels: Any
    """Whole numbers of a query [dimensions]."""
    query: Any
    """[dimensions / 4 * WORDS_OF_FOUR * rows]."""
    ranges: Any
    """[rows, lowest and step]: of each query."""
    further: Any
    """[FURTHER_LINES, positions]: of the keys."""
    totals: Any
    """[rows, positions]."""
    scores: Any
    """As the last."""
    shares: Any
    """[positions]: whole numbers of weights."""
    weights: Any
    """[positions / 4 * WORDS_OF_FOUR * rows]."""
    steps: Any
    """[rows]: of weights."""
    sums: Any
    """[rows, dimensions]."""


@compiled()
def new_scratch(keys, values, positions):  # type: ignore[no-untyped-def]
    """For so many positions, whole blocks of them."""
    words = keys.shape[-2] - FURTHER_LINES
    line = np.zeros(values.shape[-3] * LANES, np.int32)
    return Scratch(
        np.empty(4 * words, np.float32),
        np.zeros(4 * words, np.int8),
        line,
        np.zeros(4 * words, np.uint8),
        np.empty(words * WORDS_OF_FOUR * MOST_ROWS, np.int32),
        np.empty((MOST_ROWS, 2), np.float32),
        np.empty((FURTHER_LINES, positions), np.float32),
        np.empty((MOST_ROWS, positions), np.int32),
        np.empty((MOST_ROWS, positions), np.float32),
        np.empty(positions, np.uint8),
        np.empty(positions // 4 * WORDS_OF_FOUR * MOST_ROWS, np.int32),
        np.empty(MOST_ROWS, np.float32),
        np.empty((MOST_ROWS, len(line)), np.int32),
    )


@compiled(exactly=True, borrows=True)
def score(rows, first, dim, keys, scale, length, onward, scratch):  # type: ignore[no-untyped-def]
    """Up to the end of a strip: some of its positions may not be written yet, and are not used.

    Of two products and a sum either may be fused with it: the compiler chose another one for the
    last positions than for those before, so that a score's bits depended on how many there are.
    """
    height, words, ranges = len(rows), keys.shape[1] - FURTHER_LINES, scratch.ranges
    for row in range(height):
        pick(rows, row, first, dim, scratch.number)
        lowest, step = to_bytes(scratch.number[:dim], scratch.levels)
        ranges[row, 0], ranges[row, 1] = lowest * scale, step * scale
        for word in range(words):
            put_four(scratch.levels, word, scratch.query, row, height)
    add_scores(scratch.query, keys, words, height, length, onward, scratch.totals)
    _read_further(keys, words, length, onward, scratch.further)
    scales, sums = scratch.further[SCALES], scratch.further[SUMS]
    for row in range(height):
        lowest, step = ranges[row, 0], ranges[row, 1]
        own, totals = scratch.scores[row], scratch.totals[row]
        for position in range(length):
            product = scales[position] * _f32(totals[position])
            own[position] = step * product + lowest * sums[position]


@compiled(borrows=True)
def _read_further(keys, words, length, onward, further):  # type: ignore[no-untyped-def]
    size = keys.strides[0] // keys.itemsize
    for strip in range((length + LANES - 1) // LANES):
        for number in range(FURTHER_LINES):
            at = strip * size + (words + number) * LANES
            ask_for_line(keys, at + onward)
            copy_line(keys, at, further, number * further.shape[1] + strip * LANES)


@compiled(borrows=True)
def weigh(height, seen, scratch):  # type: ignore[no-untyped-def]
    """As in `mixing`, times the scale of the value."""
    length, shares, scales = seen + height - 1, scratch.shares, scratch.further[OF_VALUES]
    for row in range(height):
        own = scratch.scores[row, : seen + row]
        exponentials(own)
        inverse = _f32(1) / total(own)
        for position in range(len(own)):
            own[position] *= inverse * scales[position]
        _, greatest = extremes(own)
        scratch.steps[row] = levels_between(_f32(0), greatest, own, shares)
        for position in range(len(own), (length + 3) // 4 * 4):
            shares[position] = 0
        for word in range((length + 3) // 4):
            put_four(shares, word, scratch.weights, row, height)


@compiled(borrows=True)
def average(values, length, onward, scratch, mixed):  # type: ignore[no-untyped-def]
    height, sums, steps = len(mixed), scratch.sums, scratch.steps
    add_values(scratch.weights, 4 // WORDS_OF_FOUR, values, length, height, onward, sums)
    for row in range(height):
        for d in range(mixed.shape[1]):
            mixed[row, d] = steps[row] * _f32(sums[row, d])
