"""Causal attention, one query row at a time over that row's own keys.

The same call with the same shapes serves prefill and decode, so a row gets the same bits whoever
is in the batch and however its prompt was cut. Batched forms (padding, masks, SDPA) were tried:
their results depend on which thread computes a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Row:
    """Where a query looks: at the first `length` positions of `slot`."""

    slot: int
    length: int


def attend(queries: Tensor, keys: Tensor, values: Tensor, rows: Sequence[Row]) -> Tensor:
    """Mix values for queries [rows, heads, head_dim], scaled already; rows beyond `rows` stay 0."""
    mixed = torch.zeros_like(queries)
    columns = keys.transpose(2, 3)
    for index, row in enumerate(rows):
        weights = torch.bmm(queries[index, :, None], columns[row.slot, :, :, : row.length])
        weights = torch.softmax(weights, dim=-1)
        torch.bmm(weights, values[row.slot, :, : row.length], out=mixed[index, :, None])
    return mixed
