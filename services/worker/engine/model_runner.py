"""One lean forward pass of GPT-2 for all rows of a step, prefill and decode alike.

No framework layers between the operations. Knows nothing of sequences, sampling or text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from services.worker.engine.attention import Attention, Spans
from services.worker.engine.weights import Layer, Norm, Weights


@dataclass(frozen=True, slots=True)
class Chunk:
    """Tokens to be run at the positions from `start` on, in `slot`."""

    slot: int
    start: int
    tokens: Sequence[int]
    wants_logits: bool
    """Whether the token after the last one is to be drawn."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """The rows of one step; ids and positions are padded."""

    tokens: Tensor
    positions: Tensor
    spans: Spans
    drawn: list[int]


class ModelRunner:
    """Weights and what attention remembers. A row's result depends on its own slot alone."""

    def __init__(self, weights: Weights, attention: Attention) -> None:
        self._weights = weights
        self._attention = attention

    def forward(self, chunks: Sequence[Chunk]) -> Tensor:
        """Run the chunks; fp32 logits [chunks that want them, vocabulary], in their order."""
        weights = self._weights
        batch = self._batch(chunks)
        hidden = F.embedding(batch.tokens, weights.token_embedding)
        hidden = hidden + F.embedding(batch.positions, weights.position_embedding)
        for index, layer in enumerate(weights.layers):
            hidden = hidden + self._attend(index, layer, hidden, batch.spans)
            hidden = hidden + self._mlp(layer, hidden)
        return self._logits(hidden, batch.drawn)

    def _batch(self, chunks: Sequence[Chunk]) -> _Batch:
        tokens = [token for chunk in chunks for token in chunk.tokens]
        positions = [
            chunk.start + offset for chunk in chunks for offset in range(len(chunk.tokens))
        ]
        padding = [0] * (-len(tokens) % self._weights.row_multiple)
        counts = np.array([len(chunk.tokens) for chunk in chunks])
        ends = counts.cumsum()
        return _Batch(
            tokens=torch.tensor(tokens + padding),
            positions=torch.tensor(positions + padding),
            spans=Spans(
                slots=np.array([chunk.slot for chunk in chunks]),
                starts=np.array([chunk.start for chunk in chunks]),
                firsts=ends - counts,
                counts=counts,
            ),
            drawn=[end - 1 for chunk, end in zip(chunks, ends, strict=True) if chunk.wants_logits],
        )

    def _attend(self, index: int, layer: Layer, hidden: Tensor, spans: Spans) -> Tensor:
        projected = layer.query_key_value(self._norm(layer.attention_norm, hidden))
        mixed = self._attention.mix(index, projected.float(), spans)
        return layer.attention_out(mixed.to(self._weights.dtype))

    def _mlp(self, layer: Layer, hidden: Tensor) -> Tensor:
        return layer.mlp_out(layer.mlp_in(self._norm(layer.mlp_norm, hidden)))

    def _norm(self, norm: Norm, hidden: Tensor) -> Tensor:
        """The residual stream stays fp32: in bf16 its large entries would swallow the updates."""
        width = (hidden.shape[1],)
        normed = F.layer_norm(hidden, width, norm.weight, norm.bias, self._weights.epsilon)
        return normed.to(self._weights.dtype)

    def _logits(self, hidden: Tensor, drawn: list[int]) -> Tensor:
        """Pad by repetition, since the last rows of a prefill may be one row alone."""
        if not drawn:
            return hidden.new_empty(0, self._weights.token_embedding.shape[0])
        padding = drawn[-1:] * (-len(drawn) % self._weights.row_multiple)
        chosen = self._norm(self._weights.final_norm, hidden[drawn + padding])
        return self._weights.head(chosen)[: len(drawn)]
