"""Attention compiled for this machine by numba: what a row reads is read once, at its own length.

Keys and values lie in strips for `multiply_strips`, a head's each: keys in some of LANES positions,
so that a step reads and writes little more than it must, values in some of LANES dimensions. Each
score and each mean is one chain of sums in the order of dimensions or positions: neither threads
nor rows that share a tile change a bit.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numba import prange, types
from numpy.typing import NDArray
from torch import Tensor

from services.worker.engine import byte_mixing, mixing
from services.worker.engine.attention import Spans
from services.worker.engine.compiling import borrowing_by_type, compiled, compiled_by_type
from services.worker.engine.keeping import BYTE_FOURS, FURTHER_LINES, OF_WORD, Kept, keep
from services.worker.engine.memory import new_zeros
from services.worker.engine.packing import IN_FP32, first_row, tiles_of
from services.worker.engine.processor import LANES, WIDTH
from services.worker.engine.strip_loop import STRIPS

_f32 = np.float32


class RaggedAttention:
    """As `TorchAttention`, with keys and values in fp32, or in less: then there is less to read."""

    def __init__(
        self,
        *,
        layers: int,
        slots: int,
        heads: int,
        head_dim: int,
        context: int,
        kept: Kept = IN_FP32,
    ) -> None:
        # What a story of some length has in all layers lies together, so that it is in few pages.
        blocks, strips = -(-context // WIDTH), -(-head_dim // WIDTH) * STRIPS
        of_word = OF_WORD[kept]
        words = -(-(head_dim + head_dim % 2) // of_word)
        lines = words + (FURTHER_LINES if kept is BYTE_FOURS else 0)
        self.keys = new_zeros((slots, blocks * STRIPS, layers, heads, lines, LANES), kept)
        """[slots, strips of positions, layers, heads, words, LANES]: dimensions in fp32, or two of
        them in bf16 in uint32, or four in int32; see `keeping` for what is behind those."""
        self.values = new_zeros(
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


@compiled_by_type
def new_scratch(starts, counts, keys, values):  # type: ignore[no-untyped-def]
    """For `mix_head`, of any of these chunks, keys [..., words, LANES] and values [..., strips,
    words, LANES]."""
    new_scratch = (byte_mixing if keys.dtype == types.int32 else mixing).new_scratch

    def make(starts, counts, keys, values):  # type: ignore[no-untyped-def]
        most = ((starts + counts).max() + WIDTH - 1) // WIDTH * WIDTH
        return new_scratch(keys, values, most)

    return make


@borrowing_by_type
def mix_head(  # type: ignore[no-untyped-def]
    rows, keys, values, scale, head, heads, start, keys_onward, values_onward, scratch, mixed
):
    """One head of a chunk: its rows' keys and values are stored behind `start`, and what the last
    rows see is mixed, of as many as `mixed` [rows, dimensions] has.

    What lies so many numbers onward, another head's, is sent for meanwhile.
    """
    form = byte_mixing if keys.dtype == types.int32 else mixing
    score, weigh, average = form.score, form.weigh, form.average

    def mix(  # type: ignore[no-untyped-def]
        rows, keys, values, scale, head, heads, start, keys_onward, values_onward, scratch, mixed
    ):
        count, dim = mixed.shape
        keep(rows, head, heads, dim, keys, values, start, scratch)
        before = len(rows) - count
        for tile in range(tiles_of(count)):
            row, behind = first_row(tile, count), first_row(tile + 1, count)
            first, end = before + row, before + behind
            length = start + end
            score(rows[first:end], head * dim, dim, keys, scale, length, keys_onward, scratch)
            weigh(end - first, start + first + 1, scratch)
            average(values, length, values_onward, scratch, mixed[row:behind])

    return mix
