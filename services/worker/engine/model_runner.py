"""One lean forward pass of GPT-2 for all rows of a step, prefill and decode alike.

No framework layers between the operations. Knows nothing of sequences, sampling or text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from services.worker.engine.attention import Row, attend
from services.worker.engine.kv_cache import KVCache
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
    """The rows of one step. Ids and positions are padded, slots and rows are not."""

    tokens: Tensor
    positions: Tensor
    slots: Tensor
    rows: list[Row]
    drawn: list[int]


class ModelRunner:
    """Weights and a cache. Each row's result depends on its own slot and nothing else."""

    def __init__(self, weights: Weights, cache: KVCache) -> None:
        self._weights = weights
        self._cache = cache

    def forward(self, chunks: Sequence[Chunk]) -> Tensor:
        """Run the chunks; fp32 logits [chunks that want them, vocabulary], in their order."""
        weights = self._weights
        batch = self._batch(chunks)
        hidden = F.embedding(batch.tokens, weights.token_embedding)
        hidden = hidden + F.embedding(batch.positions, weights.position_embedding)
        for index, layer in enumerate(weights.layers):
            hidden = hidden + self._attention(index, layer, hidden, batch)
            hidden = hidden + self._mlp(layer, hidden)
        return self._logits(hidden, batch.drawn)

    def _batch(self, chunks: Sequence[Chunk]) -> _Batch:
        tokens = [token for chunk in chunks for token in chunk.tokens]
        rows = [
            Row(chunk.slot, chunk.start + offset + 1)
            for chunk in chunks
            for offset in range(len(chunk.tokens))
        ]
        ends = torch.tensor([len(chunk.tokens) for chunk in chunks]).cumsum(0).tolist()
        padding = [0] * (-len(rows) % self._weights.row_multiple)
        return _Batch(
            tokens=torch.tensor(tokens + padding),
            positions=torch.tensor([row.length - 1 for row in rows] + padding),
            slots=torch.tensor([row.slot for row in rows]),
            rows=rows,
            drawn=[end - 1 for chunk, end in zip(chunks, ends, strict=True) if chunk.wants_logits],
        )

    def _attention(self, index: int, layer: Layer, hidden: Tensor, batch: _Batch) -> Tensor:
        heads, head_dim = self._weights.heads, self._weights.head_dim
        projected = layer.query_key_value(self._norm(layer.attention_norm, hidden))
        query, key, value = projected.view(-1, 3, heads, head_dim).unbind(1)
        real = len(batch.rows)
        self._cache.write(
            index, batch.slots, batch.positions[:real], keys=key[:real], values=value[:real]
        )
        scaled = query.float() * head_dim**-0.5
        keys, values = self._cache.keys[index], self._cache.values[index]
        mixed = attend(scaled.contiguous(), keys, values, batch.rows)
        return layer.attention_out(mixed.view(len(hidden), -1).to(self._weights.dtype))

    def _mlp(self, layer: Layer, hidden: Tensor) -> Tensor:
        inner = layer.mlp_in(self._norm(layer.mlp_norm, hidden))
        return layer.mlp_out(F.gelu(inner, approximate="tanh"))

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
