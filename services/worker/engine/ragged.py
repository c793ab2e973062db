"""Attention compiled for this machine by numba: what a row reads is read once, at its own length.

Keys and values lie in blocks of WIDTH positions: keys in a panel a head, values in panels of WIDTH
dimensions, so that the tiles of the linear layers multiply them, too. Each score and each mean is
one chain of sums in the order of dimensions or positions: neither threads nor rows that share a
tile change a bit.
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
from services.worker.engine.halves import narrowed
from services.worker.engine.packing import first_row, tiles_of
from services.worker.engine.processor import MOST_ROWS, WIDTH
from services.worker.engine.reducing import extremes, total
from services.worker.engine.tiles import multiply_tile

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
        blocks, panels = -(-context // WIDTH), -(-head_dim // WIDTH)
        kept = np.uint16 if rounds else np.float32
        self.keys = np.zeros((slots, blocks, layers, heads, head_dim, WIDTH), kept)
        """[slots, blocks, layers, heads, head_dim, WIDTH]: fp32, or bf16 in uint16."""
        self.values = np.zeros((slots, blocks, layers, heads, panels, WIDTH, WIDTH), kept)
        """[slots, blocks, layers, heads, panels, positions, WIDTH], in the same."""
        self._width = heads * head_dim
        self._scale = _f32(head_dim**-0.5)

    def mix(self, layer: int, projected: Tensor, spans: Spans) -> Tensor:
        mixed = projected.new_zeros(len(projected), self._width)
        _mix(
            projected.numpy(),
            self.keys[:, :, layer],
            self.values[:, :, layer],
            self._scale,
            spans.slots,
            spans.starts,
            spans.firsts,
            spans.counts,
            mixed.numpy(),
        )
        return mixed

    def copy(self, source: int, target: int, count: int) -> None:
        """In whole blocks: positions behind `count` are not read before they are written."""
        blocks = -(-count // WIDTH)
        for kept in (self.keys, self.values):
            kept[target, :blocks] = kept[source, :blocks]

    def states(self) -> Sequence[Tensor]:
        kept = (_as_tensor(self.keys), _as_tensor(self.values))
        return [layer for each in kept for layer in each.unbind(2)]


def _as_tensor(kept: NDArray[np.generic]) -> Tensor:
    tensor = torch.from_numpy(kept)
    return tensor.view(torch.bfloat16) if kept.dtype == np.uint16 else tensor


@compiled(parallel=True)
def _mix(projected, keys, values, scale, slots, starts, firsts, counts, mixed):  # type: ignore[no-untyped-def]
    chunks, heads, dim = len(slots), keys.shape[2], keys.shape[3]
    # A thread gets whole heads, and of every chunk as many as the others.
    for job in prange(heads * chunks):
        head, chunk = job // chunks, job % chunks
        slot, start, first, count = slots[chunk], starts[chunk], firsts[chunk], counts[chunk]
        own = slice(first, first + count)
        scratch = new_scratch(starts, counts, keys)
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
def new_scratch(starts, counts, keys):  # type: ignore[no-untyped-def]
    """For `mix_head`, of any of these chunks and keys [..., head_dim, WIDTH]."""
    dim = keys.shape[-2]
    most = ((starts + counts).max() + WIDTH - 1) // WIDTH * WIDTH
    query = np.empty(MOST_ROWS * dim, np.float32)
    scores = np.empty((MOST_ROWS, most), np.float32)
    weights = np.empty(MOST_ROWS * most, np.float32)
    sums, kept = np.empty((MOST_ROWS, WIDTH), np.float32), np.empty(dim, keys.dtype)
    return query, scores, weights, sums, kept


@compiled()
def mix_head(  # type: ignore[no-untyped-def]
    rows, keys, values, scale, head, heads, start, keys_onward, values_onward, scratch, mixed
):
    """One head of a chunk: its rows' keys and values are stored behind `start`, and what the last
    rows see is mixed, of as many as `mixed` [rows, dimensions] has.

    What lies so many numbers onward, another head's, is sent for meanwhile.
    """
    query, scores, weights, sums, kept = scratch
    _store(rows, keys, values, head, heads, start, kept)
    count, dim = len(mixed), keys.shape[1]
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
def _store(rows, keys, values, head, heads, start, kept):  # type: ignore[no-untyped-def]
    dim = keys.shape[1]
    for row in range(len(rows)):
        block, place = (start + row) // WIDTH, (start + row) % WIDTH
        key = rows[row, (heads + head) * dim : (heads + head + 1) * dim]
        value = rows[row, (2 * heads + head) * dim : (2 * heads + head + 1) * dim]
        for d in range(dim):  # first, since this is done in vectors
            kept[d] = narrowed(key[d], keys)
        for d in range(dim):
            keys[block, d, place] = kept[d]
        for d in range(dim):
            kept[d] = narrowed(value[d], values)
        for panel in range(values.shape[1]):
            first = panel * WIDTH
            for d in range(min(WIDTH, dim - first)):
                values[block, panel, place, d] = kept[first + d]


@compiled()
def _score(queries, keys, scale, length, onward, query, scores):  # type: ignore[no-untyped-def]
    """Up to the end of a block: some of its positions may not be written yet, and are not used."""
    height, dim = queries.shape
    for d in range(dim):
        for row in range(height):
            query[d * height + row] = queries[row, d] * scale
    size, gap = keys.strides[0] // keys.itemsize, scores.shape[1]
    for block in range((length + WIDTH - 1) // WIDTH):
        first = block * WIDTH
        scores[:height, first : first + WIDTH] = _f32(0)
        at = block * size
        multiply_tile(height, dim, query, 0, keys, at, at + onward, WIDTH, scores, first, gap)


@compiled()
def _weigh(scores, seen, weights):  # type: ignore[no-untyped-def]
    """exp(score - greatest) / their sum, of the positions that each row sees, else 0; the first row
    sees `seen`, each other one more. As the tiles read them."""
    height = len(scores)
    length = seen + height - 1
    for row in range(height):
        own = scores[row, : seen + row]
        _exponentials(own)
        inverse = _f32(1) / total(own)
        for position in range(len(own)):
            weights[position * height + row] = own[position] * inverse
        for position in range(len(own), length):
            weights[position * height + row] = _f32(0)


@compiled()
def _average(weights, values, length, height, onward, sums, mixed):  # type: ignore[no-untyped-def]
    """The weighted means of values [blocks, panels, positions, WIDTH]."""
    dim, size = mixed.shape[1], values.strides[0] // values.itemsize
    for panel in range(values.shape[1]):
        sums[:height] = _f32(0)
        for block in range((length + WIDTH - 1) // WIDTH):
            first = block * WIDTH
            count = min(WIDTH, length - first)
            at = block * size + panel * WIDTH * WIDTH
            x_at = first * height
            multiply_tile(
                height, count, weights, x_at, values, at, at + onward, WIDTH, sums, 0, WIDTH
            )
        first = panel * WIDTH
        for row in range(height):
            for d in range(min(WIDTH, dim - first)):
                mixed[row, first + d] = sums[row, d]


@compiled()
def _exponentials(scores):  # type: ignore[no-untyped-def]
    """exp(score - greatest), in place."""
    _, greatest = extremes(scores)
    for i in range(len(scores)):
        scores[i] = exponential(max(scores[i] - greatest, LEAST))
