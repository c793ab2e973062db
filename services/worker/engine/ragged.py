"""Attention compiled for this machine by numba: what a row reads is read once, at its own length.

Keys lie in blocks of positions, within a block by head dimension, so that both passes stream
through memory. One thread computes a row's head from its first operation to its last, and nothing
is reordered but by the compiler's rules for the same code, so threads cannot change a bit.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numba import prange
from numpy.typing import NDArray
from torch import Tensor

from services.worker.engine.attention import Spans
from services.worker.engine.compiling import compiled
from services.worker.engine.exponential import LEAST, exponentiate
from services.worker.engine.halves import narrowed, widened

BLOCK = 16
"""Positions whose scores are computed together: two vectors of AVX, one of AVX-512."""
UNROLLED = 8
_f32 = np.float32


class RaggedAttention:
    """As `TorchAttention`, for head dimensions that are a multiple of `UNROLLED`.

    `rounds`: keys and values are kept in bf16, which is half as much to read.
    """

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
        kept = torch.bfloat16 if rounds else torch.float32
        blocks = -(-context // BLOCK)
        self._keys, self._values = (
            [torch.zeros(slots, heads, *shape, dtype=kept) for _ in range(layers)]
            for shape in ((blocks, head_dim, BLOCK), (context, head_dim))
        )
        self._scale = _f32(head_dim**-0.5)

    def mix(self, layer: int, projected: Tensor, spans: Spans) -> Tensor:
        keys, values = self._keys[layer], self._values[layer]
        mixed = projected.new_zeros(len(projected), values.shape[1] * values.shape[3])
        _mix(
            projected.numpy(),
            _for_numba(keys),
            _for_numba(values),
            self._scale,
            spans.slots,
            spans.starts,
            spans.firsts,
            spans.counts,
            mixed.numpy(),
        )
        return mixed

    def states(self) -> Sequence[Tensor]:
        return [*self._keys, *self._values]


def _for_numba(kept: Tensor) -> NDArray[np.generic]:
    seen: NDArray[np.generic] = (
        kept.view(torch.uint16) if kept.dtype == torch.bfloat16 else kept
    ).numpy()
    return seen


@compiled(parallel=True)
def _mix(projected, keys, values, scale, slots, starts, firsts, counts, mixed):  # type: ignore[no-untyped-def]
    chunks, heads = len(slots), keys.shape[1]
    # A thread gets whole heads, and of every chunk as many as the others.
    for job in prange(heads * chunks):
        head, chunk = job // chunks, job % chunks
        slot, start, first, count = slots[chunk], starts[chunk], firsts[chunk], counts[chunk]
        rows = projected[first : first + count]
        _store(rows, keys[slot, head], values[slot, head], head, heads, start)
        _mix_rows(rows, keys[slot, head], values[slot, head], scale, head, start, mixed[first:])


@compiled()
def _store(rows, keys, values, head, heads, start):  # type: ignore[no-untyped-def]
    dim = values.shape[1]
    for row in range(len(rows)):
        block, place = (start + row) // BLOCK, (start + row) % BLOCK
        for d in range(dim):
            keys[block, d, place] = narrowed(rows[row, (heads + head) * dim + d], keys)
            values[start + row, d] = narrowed(rows[row, (2 * heads + head) * dim + d], values)


@compiled()
def _mix_rows(rows, keys, values, scale, head, start, mixed):  # type: ignore[no-untyped-def]
    dim = values.shape[1]
    query = np.empty(dim, np.float32)
    blocks = (start + len(rows) + BLOCK - 1) // BLOCK
    weights = np.empty((blocks, BLOCK), np.float32)
    for row in range(len(rows)):
        length = start + row + 1
        for d in range(dim):
            query[d] = rows[row, head * dim + d] * scale
        for block in range((length + BLOCK - 1) // BLOCK):
            _score(query, keys[block], weights[block])
        flat = weights.reshape(blocks * BLOCK)[:length]
        _exponentials(flat)
        _weigh(flat, values, mixed[row, head * dim : (head + 1) * dim])


@compiled()
def _score(query, keys, scores):  # type: ignore[no-untyped-def]
    """Of one block; some of its positions may not be written yet, and are not looked at."""
    for place in range(BLOCK):
        scores[place] = _f32(0)
    for d in range(0, len(query), 8):
        a, b, c, e = query[d], query[d + 1], query[d + 2], query[d + 3]
        f, g, h, i = query[d + 4], query[d + 5], query[d + 6], query[d + 7]
        for place in range(BLOCK):
            scores[place] += (
                (a * widened(keys[d, place]) + b * widened(keys[d + 1, place]))
                + (c * widened(keys[d + 2, place]) + e * widened(keys[d + 3, place]))
            ) + (
                (f * widened(keys[d + 4, place]) + g * widened(keys[d + 5, place]))
                + (h * widened(keys[d + 6, place]) + i * widened(keys[d + 7, place]))
            )


@compiled()
def _exponentials(scores):  # type: ignore[no-untyped-def]
    """exp(score - greatest), in place."""
    greatest = scores[0]
    for i in range(len(scores)):
        greatest = max(greatest, scores[i])
    for i in range(len(scores)):
        scores[i] = max(scores[i] - greatest, LEAST)
    exponentiate(scores)


@compiled()
def _weigh(weights, values, mixed):  # type: ignore[no-untyped-def]
    """The weighted mean of values [positions, dim]."""
    dim = len(mixed)
    whole = len(weights) // 4 * 4
    s, t, u, v = _f32(0), _f32(0), _f32(0), _f32(0)
    for i in range(0, whole, 4):
        a, b, c, e = weights[i], weights[i + 1], weights[i + 2], weights[i + 3]
        s, t, u, v = s + a, t + b, u + c, v + e
        for d in range(dim):
            mixed[d] += (a * widened(values[i, d]) + b * widened(values[i + 1, d])) + (
                c * widened(values[i + 2, d]) + e * widened(values[i + 3, d])
            )
    for i in range(whole, len(weights)):
        s += weights[i]
        for d in range(dim):
            mixed[d] += weights[i] * widened(values[i, d])
    inverse = _f32(1) / ((s + t) + (u + v))
    for d in range(dim):
        mixed[d] *= inverse
