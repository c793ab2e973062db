"""Keys and values of every running sequence: one slot each, as long as the context.

Memory is claimed from the system only where it is written. Knows nothing of sequences.
"""

from typing import Self

import torch
from torch import Tensor

from services.worker.engine.weights import Weights


class KVCache:
    """fp32 [slots, heads, context, head_dim] a layer: twice as fast as bf16 in torch's matmul."""

    def __init__(self, *, layers: int, shape: tuple[int, int, int, int]) -> None:
        self.context = shape[2]
        self.keys = [torch.zeros(shape) for _ in range(layers)]
        self.values = [torch.zeros(shape) for _ in range(layers)]

    @classmethod
    def for_weights(cls, weights: Weights, *, slots: int, context: int) -> Self:
        shape = (slots, weights.heads, context, weights.head_dim)
        return cls(layers=len(weights.layers), shape=shape)

    def write(
        self, layer: int, slots: Tensor, positions: Tensor, *, keys: Tensor, values: Tensor
    ) -> None:
        """Store rows [rows, heads, head_dim] at (slot, position) each."""
        self.keys[layer][slots, :, positions] = keys.float()
        self.values[layer][slots, :, positions] = values.float()
