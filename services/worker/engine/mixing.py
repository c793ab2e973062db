"""A head's rows over keys and values in fp32, or in bf16: what they score, and what is mixed."""

from typing import Any, NamedTuple

import numpy as np

from services.worker.engine.compiling import compiled
from services.worker.engine.exponential import LEAST, exponential
from services.worker.engine.processor import LANES, MOST_ROWS, WIDTH
from services.worker.engine.reducing import extremes, total
from services.worker.engine.strip_loop import MOST_STRIPS, STRIPS
from services.worker.engine.tiles import multiply_strips

_f32 = np.float32


class Scratch(NamedTuple):
    """Of a thread, for any tile of rows."""

    number: Any
    """[dimensions]: a key, filled up with zeros."""
    line: Any
    """[dimensions]: words of values."""
    query: Any
    """[dimensions * rows]."""
    scores: Any
    """[rows, positions]."""
    weights: Any
    """[positions * rows]."""
    sums: Any
    """[rows, dimensions]."""


@compiled()
def new_scratch(keys, values, positions):  # type: ignore[no-untyped-def]
    """For so many positions, whole blocks of them."""
    dim = keys.shape[-2] * WIDTH // values.shape[-2]
    line = np.zeros(values.shape[-3] * LANES, np.uint32)
    query = np.zeros(MOST_ROWS * dim, np.float32)
    scores = np.empty((MOST_ROWS, positions), np.float32)
    weights = np.empty(MOST_ROWS * positions, np.float32)
    sums = np.empty((MOST_ROWS, len(line)), np.float32)
    return Scratch(np.zeros(dim, np.float32), line, query, scores, weights, sums)


@compiled(borrows=True)
def score(rows, first, dim, keys, scale, length, onward, scratch):  # type: ignore[no-untyped-def]
    """Up to the end of a strip: some of its positions may not be written yet, and are not used."""
    query, scores = scratch.query, scratch.scores
    height = len(rows)
    for row in range(height):
        for d in range(dim):
            query[d * height + row] = rows[row, first + d] * scale
    add_scores(query, keys, keys.shape[1], height, length, onward, scores)


@compiled(borrows=True)
def add_scores(query, keys, words, height, length, onward, scores):  # type: ignore[no-untyped-def]
    """Products of a tile's queries and its keys' first words, from 0 on."""
    strips, size = (length + LANES - 1) // LANES, keys.strides[0] // keys.itemsize
    scores[:height, : (strips + STRIPS - 1) // STRIPS * WIDTH] = 0
    most = MOST_STRIPS if height == 1 else STRIPS
    for strip in range(0, strips, most):
        count, at = min(most, strips - strip), strip * size
        place, gap = strip * LANES, scores.shape[1]
        multiply_strips(
            height, count, words, query, 0, keys, at, size, at + onward, scores, place, gap
        )


@compiled(borrows=True)
def weigh(height, seen, scratch):  # type: ignore[no-untyped-def]
    """exp(score - greatest) / their sum, of the positions that each row sees, else 0; the first row
    sees `seen`, each other one more. As the tiles read them, an even number."""
    length, weights = seen + height - 1, scratch.weights
    for row in range(height):
        own = scratch.scores[row, : seen + row]
        exponentials(own)
        inverse = _f32(1) / total(own)
        for position in range(len(own)):
            weights[position * height + row] = own[position] * inverse
        for position in range(len(own), length + length % 2):
            weights[position * height + row] = _f32(0)


@compiled(borrows=True)
def exponentials(scores):  # type: ignore[no-untyped-def]
    """exp(score - greatest), in place."""
    _, greatest = extremes(scores)
    for i in range(len(scores)):
        scores[i] = exponential(max(scores[i] - greatest, LEAST))


@compiled(borrows=True)
def average(values, length, onward, scratch, mixed):  # type: ignore[no-untyped-def]
    height, sums = len(mixed), scratch.sums
    add_values(scratch.weights, 1, values, length, height, onward, sums)
    for row in range(height):
        for d in range(mixed.shape[1]):
            mixed[row, d] = sums[row, d]


@compiled(borrows=True)
def add_values(weights, to_word, values, length, height, onward, sums):  # type: ignore[no-untyped-def]
    """Weighted values [blocks, strips, words, LANES], from 0 on; so many weights to a word."""
    size, between = values.strides[0] // values.itemsize, values.strides[1] // values.itemsize
    strips, words = values.shape[1], values.shape[2]
    of_word = WIDTH // words
    most = MOST_STRIPS if height == 1 else STRIPS
    sums[:height] = 0
    for strip in range(0, strips, most):
        count = min(most, strips - strip)
        for block in range((length + WIDTH - 1) // WIDTH):
            first = block * WIDTH
            inputs = min(words, (length - first + of_word - 1) // of_word)
            at, weights_at = block * size + strip * between, first // to_word * height
            multiply_strips(
                height, count, inputs, weights, weights_at, values, at, between, at + onward,
                sums, strip * LANES, sums.shape[1],
            )  # fmt: skip
