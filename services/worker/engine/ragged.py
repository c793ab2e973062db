"""Attention compiled for this machine by numba: what a row reads is read once, at its own length.

Keys and values lie in strips for `multiply_strips`, a head's each: keys in some of LANES positions,
so that a step reads and writes little more than it must, values in some of LANES dimensions. Each
score and each mean is one chain of sums in the order of dimensions or positions: neither threads
nor rows that share a tile change a bit.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numba import prange
from numpy.typing import NDArray
from torch import Tensor

from services.worker.engine.attention import Spans
from services.worker.engine.compiling import compiled
from services.worker.engine.exponential import LEAST, exponential
from services.worker.engine.keeping import keep_key, keep_values
from services.worker.engine.packing import first_row, tiles_of
from services.worker.engine.processor import LANES, MOST_ROWS, WIDTH
from services.worker.engine.reducing import extremes, total
from services.worker.engine.strip_loop import MOST_STRIPS, STRIPS
from services.worker.engine.tiles import multiply_strips

_f32 = np.float32


class RaggedAttention:
    """As `TorchAttention`. `rounds`: keys and values are kept in bf16, half as much to read."""

    def __init__(
        self,
        *,
        layers: int,
        slots: int,
        heads: int,
        head_dim: int,
        context: int,
        rounds: bool = False,
    ) -> None:
        # What a story of some length has in all layers lies together, and numpy asks for large
        # pages: a step reads from everywhere, and looking up small ones took a third of its time.
        blocks, strips = -(-context // WIDTH), -(-head_dim // WIDTH) * STRIPS
        kept, of_word = (np.uint32, 2) if rounds else (np.float32, 1)
        words = (head_dim + head_dim % 2) // of_word
        self.keys = np.zeros((slots, blocks * STRIPS, layers, heads, words, LANES), kept)
        """[slots, strips of positions, layers, heads, words, LANES]: dimensions in fp32, or two of
        them in bf16 in uint32."""
        self.values = np.zeros(
            (slots, blocks, layers, heads, strips, WIDTH // of_word, LANES), kept
        )
        """[slots, blocks, layers, heads, strips of dimensions, words, LANES]: positions, WIDTH to a
        block, in the same."""
        self._head_dim, self._width = head_dim, heads * head_dim
        self._scale = _f32(head_dim**-0.5)

    def mix(self, layer: int, projected: Tensor, spans: Spans) -> Tensor:
        mixed = projected.new_zeros(len(projected), self._width)
        _mix(
            projected.numpy(),
            self.keys[:, :, layer],
            self.values[:, :, layer],
            self._scale,
            self._head_dim,
            spans.slots,
            spans.starts,
            spans.firsts,
            spans.counts,
            mixed.numpy(),
        )
        return mixed

    def copy(self, source: int, target: int, count: int) -> None:
        """In whole strips and blocks: what is behind `count` is not used before it is written."""
        for kept, positions in ((self.keys, LANES), (self.values, WIDTH)):
            whole = -(-count // positions)
            kept[target, :whole] = kept[source, :whole]

    def states(self) -> Sequence[Tensor]:
        kept = (_as_tensor(self.keys), _as_tensor(self.values))
        return [layer for each in kept for layer in each.unbind(2)]


def _as_tensor(kept: NDArray[np.generic]) -> Tensor:
    tensor = torch.from_numpy(kept)
    return tensor.view(torch.bfloat16) if kept.dtype == np.uint32 else tensor


@compiled(parallel=True)
def _mix(projected, keys, values, scale, dim, slots, starts, firsts, counts, mixed):  # type: ignore[no-untyped-def]
    chunks, heads = len(slots), keys.shape[2]
    # A thread gets whole heads, and of every chunk as many as the others.
    for job in prange(heads * chunks):
        head, chunk = job // chunks, job % chunks
        slot, start, first, count = slots[chunk], starts[chunk], firsts[chunk], counts[chunk]
        own = slice(first, first + count)
        scratch = new_scratch(starts, counts, keys, values)
        mix_head(
            projected[own],
            keys[slot, :, head],
            values[slot, :, head],
            scale,
            head,
            heads,
            start,
            0,
            0,
            scratch,
            mixed[own, head * dim : (head + 1) * dim],
        )


@compiled()
def new_scratch(starts, counts, keys, values):  # type: ignore[no-untyped-def]
    """For `mix_head`, of any of these chunks, keys [..., words, LANES] and values [..., strips,
    words, LANES].

    Zeros, since dimensions are filled up.
    """
    dim = keys.shape[-2] * WIDTH // values.shape[-2]
    most = ((starts + counts).max() + WIDTH - 1) // WIDTH * WIDTH
    query = np.zeros(MOST_ROWS * dim, np.float32)
    scores = np.empty((MOST_ROWS, most), np.float32)
    weights = np.empty(MOST_ROWS * most, np.float32)
    sums = np.empty((MOST_ROWS, values.shape[-3] * LANES), np.float32)
    return query, scores, weights, sums, np.zeros(dim, np.float32)


@compiled()
def mix_head(  # type: ignore[no-untyped-def]
    rows, keys, values, scale, head, heads, start, keys_onward, values_onward, scratch, mixed
):
    """One head of a chunk: its rows' keys and values are stored behind `start`, and what the last
    rows see is mixed, of as many as `mixed` [rows, dimensions] has.

    What lies so many numbers onward, another head's, is sent for meanwhile.
    """
    query, scores, weights, sums, key = scratch
    count, dim = mixed.shape
    for row in range(len(rows)):
        keep_key(rows[row], (heads + head) * dim, dim, keys, start + row, key)
    keep_values(rows, (2 * heads + head) * dim, dim, values, start)
    own = slice(head * dim, (head + 1) * dim)
    before = len(rows) - count
    for tile in range(tiles_of(count)):
        row, behind = first_row(tile, count), first_row(tile + 1, count)
        first, end = before + row, before + behind
        height, length = end - first, start + end
        _score(rows[first:end, own], keys, scale, length, keys_onward, query, scores)
        _weigh(scores[:height], start + first + 1, weights)
        _average(weights, values, length, height, values_onward, sums, mixed[row:behind])


@compiled()
def _score(queries, keys, scale, length, onward, query, scores):  # type: ignore[no-untyped-def]
    """Up to the end of a strip: some of its positions may not be written yet, and are not used."""
    height, dim = queries.shape
    for d in range(dim):
        for row in range(height):
            query[d * height + row] = queries[row, d] * scale
    strips, size = (length + LANES - 1) // LANES, keys.strides[0] // keys.itemsize
    scores[:height, : (strips + STRIPS - 1) // STRIPS * WIDTH] = _f32(0)
    words, gap = keys.shape[1], scores.shape[1]
    most = MOST_STRIPS if height == 1 else STRIPS
    for strip in range(0, strips, most):
        count, at = min(most, strips - strip), strip * size
        multiply_strips(
            height, count, words, query, 0, keys, at, size, at + onward, scores, strip * LANES, gap
        )


@compiled()
def _weigh(scores, seen, weights):  # type: ignore[no-untyped-def]
    """exp(score - greatest) / their sum, of the positions that each row sees, else 0; the first row
    sees `seen`, each other one more. As the tiles read them, an even number."""
    height = len(scores)
    length = seen + height - 1
    for row in range(height):
        own = scores[row, : seen + row]
        _exponentials(own)
        inverse = _f32(1) / total(own)
        for position in range(len(own)):
            weights[position * height + row] = own[position] * inverse
        for position in range(len(own), length + length % 2):
            weights[position * height + row] = _f32(0)


@compiled()
def _average(weights, values, length, height, onward, sums, mixed):  # type: ignore[no-untyped-def]
    """The weighted means of values [blocks, strips, words, LANES]."""
    size, between = values.strides[0] // values.itemsize, values.strides[1] // values.itemsize
    strips, words = values.shape[1], values.shape[2]
    of_word = WIDTH // words
    most = MOST_STRIPS if height == 1 else STRIPS
    sums[:height] = _f32(0)
    for strip in range(0, strips, most):
        count = min(most, strips - strip)
        for block in range((length + WIDTH - 1) // WIDTH):
            first = block * WIDTH
            inputs = min(words, (length - first + of_word - 1) // of_word)
            at = block * size + strip * between
            multiply_strips(
                height, count, inputs, weights, first * height, values, at, between, at + onward,
                sums, strip * LANES, sums.shape[1],
            )  # fmt: skip
    for row in range(height):
        for d in range(mixed.shape[1]):
            mixed[row, d] = sums[row, d]


@compiled()
def _exponentials(scores):  # type: ignore[no-untyped-def]
    """exp(score - greatest), in place."""
    _, greatest = extremes(scores)
    for i in range(len(scores)):
        scores[i] = exponential(max(scores[i] - greatest, LEAST))
