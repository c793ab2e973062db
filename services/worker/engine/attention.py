"""Causal attention of a step's rows, each over its own slot's keys alone.

A row is computed alike in prefill and decode, so it gets the same bits whoever is in the batch and
however its prompt was cut. Batched forms (padding, masks, SDPA) were tried: their results depend on
which thread computes a row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from services.worker.engine.runner import Chunk


@dataclass(frozen=True, slots=True)
class Spans:
    """Of each chunk of a step: its slot, the position it starts at, its first row and its rows."""

    slots: NDArray[np.int64]
    starts: NDArray[np.int64]
    firsts: NDArray[np.int64]
    counts: NDArray[np.int64]


def spans_of(chunks: Sequence[Chunk]) -> Spans:
    """Of chunks whose rows follow each other."""
    counts = np.array([len(chunk.tokens) for chunk in chunks])
    return Spans(
        slots=np.array([chunk.slot for chunk in chunks]),
        starts=np.array([chunk.start for chunk in chunks]),
        firsts=counts.cumsum() - counts,
        counts=counts,
    )


class Attention(Protocol):
    """Holds the keys and values of every slot. Memory is claimed only where it is written."""

    def mix(self, layer: int, projected: Tensor, spans: Spans) -> Tensor:
        """Store the rows' keys and values, and mix values for their queries.

        `projected` [rows, 3 * heads * head_dim] holds queries, keys and values in fp32; the result
        is [rows, heads * head_dim]. Rows that are no chunk's are padding: theirs is 0.
        """

    def copy(self, source: int, target: int, count: int) -> None:
        """Let the slot `target` begin with the first `count` positions of `source`."""

    def states(self) -> Sequence[Tensor]:
        """All keys and values, slots first."""


class TorchAttention:
    """Where nothing better is installed: a pair of matrix products a row."""

    def __init__(self, *, layers: int, slots: int, heads: int, head_dim: int, context: int) -> None:
        self._shape = (heads, head_dim)
        self._keys = [torch.zeros(slots, heads, head_dim, context) for _ in range(layers)]
        self._values = [torch.zeros(slots, heads, context, head_dim) for _ in range(layers)]

    def mix(self, layer: int, projected: Tensor, spans: Spans) -> Tensor:
        heads, head_dim = self._shape
        queries, keys, values = projected.view(-1, 3, heads, head_dim).unbind(1)
        queries = queries * head_dim**-0.5
        mixed = torch.zeros_like(queries)
        for slot, start, first, count in _each(spans):
            rows, places = slice(first, first + count), slice(start, start + count)
            own_keys, own_values = self._keys[layer][slot], self._values[layer][slot]
            own_keys[:, :, places] = keys[rows].permute(1, 2, 0)
            own_values[:, places] = values[rows].transpose(0, 1)
            for row in range(count):
                length = start + row + 1
                weights = torch.bmm(queries[first + row, :, None], own_keys[:, :, :length])
                weights = torch.softmax(weights, dim=-1)
                torch.bmm(weights, own_values[:, :length], out=mixed[first + row, :, None])
        return mixed.view(len(projected), -1)

    def copy(self, source: int, target: int, count: int) -> None:
        for keys, values in zip(self._keys, self._values, strict=True):
            keys[target, ..., :count] = keys[source, ..., :count]
            values[target, :, :count] = values[source, :, :count]

    def states(self) -> Sequence[Tensor]:
        return [*self._keys, *self._values]


def _each(spans: Spans) -> Iterator[tuple[int, int, int, int]]:
    columns = (spans.slots, spans.starts, spans.firsts, spans.counts)
    return zip(*(column.tolist() for column in columns), strict=True)
