"""GPT-2 by torch's operations: where nothing can be compiled, or oneDNN is faster.

No framework layers between the operations. Knows nothing of sequences, sampling or text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from services.worker.engine.attention import Attention, Spans, spans_of
from services.worker.engine.checkpoint import Checkpoint
from services.worker.engine.linear import Linear
from services.worker.engine.runner import Chunk
from services.worker.engine.weights import Layer, Norm, Weights, read_weights

MakeAttention = Callable[..., Attention]
"""Called with layers, slots, heads, head_dim, context."""


class Head:
    """Hidden rows to fp32 logits.

    In bf16 the mean of all output vectors is split off and its part of the logits added in fp32.
    GPT-2's logits lie around -30 to -100, where bf16 has steps of 0.25 to 0.5; what differs
    between tokens is ten times smaller.
    """

    def __init__(self, weight: Tensor, make: type[Linear], dtype: torch.dtype) -> None:
        self._mean = weight.mean(0) if dtype == torch.bfloat16 else None
        shifted = weight if self._mean is None else weight - self._mean
        self._linear = make(shifted.to(dtype), None)

    def __call__(self, rows: Tensor) -> Tensor:
        logits = self._linear(rows).float()
        return logits if self._mean is None else logits + (rows.float() * self._mean).sum(1, True)


class TorchModel:
    """As `Model`: linear layers in `dtype`, all else in fp32."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        dtype: torch.dtype,
        linear: type[Linear],
        attention: MakeAttention,
    ) -> None:
        """Raises ModelLoadError."""
        precision = "bf16" if dtype == torch.bfloat16 else "fp32"
        self.arithmetic = f"{linear.library}-{precision}"
        self.weights = read_weights(
            checkpoint, lambda weight, bias: linear(weight.to(dtype), bias.to(dtype))
        )
        self.head = Head(self.weights.output, linear, dtype)
        self.dtype = dtype
        self.row_multiple = linear.row_multiple
        self._attention = attention

    @property
    def context(self) -> int:
        return self.weights.context

    @property
    def vocabulary(self) -> int:
        return len(self.weights.output)

    def runner(self, *, slots: int, context: int) -> "TorchRunner":
        attention = self._attention(
            layers=len(self.weights.layers),
            slots=slots,
            heads=self.weights.heads,
            head_dim=self.weights.head_dim,
            context=context,
        )
        return TorchRunner(self, attention)


@dataclass(frozen=True, slots=True)
class _Batch:
    """The rows of one step; ids and positions are padded."""

    tokens: Tensor
    positions: Tensor
    spans: Spans
    drawn: list[int]


class TorchRunner:
    """As `Runner`."""

    def __init__(self, model: TorchModel, attention: Attention) -> None:
        self._model = model
        self._weights: Weights[Linear] = model.weights
        self._attention = attention

    def forward(self, chunks: Sequence[Chunk]) -> Tensor:
        weights = self._weights
        batch = self._batch(chunks)
        hidden = F.embedding(batch.tokens, weights.token_embedding)
        hidden = hidden + F.embedding(batch.positions, weights.position_embedding)
        for index, layer in enumerate(weights.layers):
            hidden = hidden + self._attend(index, layer, hidden, batch.spans)
            hidden = hidden + self._mlp(layer, hidden)
        return self._logits(hidden, batch.drawn)

    def copy(self, source: int, target: int, count: int) -> None:
        self._attention.copy(source, target, count)

    def states(self) -> Sequence[Tensor]:
        return self._attention.states()

    def _batch(self, chunks: Sequence[Chunk]) -> _Batch:
        tokens = [token for chunk in chunks for token in chunk.tokens]
        positions = [
            chunk.start + offset for chunk in chunks for offset in range(len(chunk.tokens))
        ]
        padding = [0] * (-len(tokens) % self._model.row_multiple)
        spans = spans_of(chunks)
        ends = zip(chunks, spans.firsts + spans.counts, strict=True)
        return _Batch(
            tokens=torch.tensor(tokens + padding),
            positions=torch.tensor(positions + padding),
            spans=spans,
            drawn=[int(end) - 1 for chunk, end in ends if chunk.wants_logits],
        )

    def _attend(self, index: int, layer: Layer[Linear], hidden: Tensor, spans: Spans) -> Tensor:
        projected = layer.query_key_value(self._norm(layer.attention_norm, hidden))
        mixed = self._attention.mix(index, projected.float(), spans)
        return layer.attention_out(mixed.to(self._model.dtype))

    def _mlp(self, layer: Layer[Linear], hidden: Tensor) -> Tensor:
        inner = layer.mlp_in(self._norm(layer.mlp_norm, hidden))
        return layer.mlp_out(F.gelu(inner, approximate="tanh"))

    def _norm(self, norm: Norm, hidden: Tensor) -> Tensor:
        """The residual stream stays fp32: in bf16 its large entries would swallow the updates."""
        width = (hidden.shape[1],)
        normed = F.layer_norm(hidden, width, norm.weight, norm.bias, self._weights.epsilon)
        return normed.to(self._model.dtype)

    def _logits(self, hidden: Tensor, drawn: list[int]) -> Tensor:
        """Pad by repetition, since the last rows of a prefill may be one row alone."""
        if not drawn:
            return hidden.new_empty(0, self._model.vocabulary)
        padding = drawn[-1:] * (-len(drawn) % self._model.row_multiple)
        chosen = self._norm(self._weights.final_norm, hidden[drawn + padding])
        return self._model.head(chosen)[: len(drawn)]
