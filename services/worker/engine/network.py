"""GPT-2 by torch's operations, on whichever device its weights are: all but attention's memory.

No framework layers between the operations. Knows nothing of slots, sequences, sampling or text.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from services.worker.engine.checkpoint import Checkpoint
from services.worker.engine.linear import Linear
from services.worker.engine.weights import Layer, Norm, read_weights

Mix = Callable[[int, Tensor], Tensor]
"""Attention of a layer: `projected` [rows, 3 * width] in fp32 to [rows, width]."""


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


class Network:
    """Linear layers in `dtype`, all else in fp32."""

    def __init__(self, checkpoint: Checkpoint, dtype: torch.dtype, linear: type[Linear]) -> None:
        """Raises ModelLoadError."""
        precision = "bf16" if dtype == torch.bfloat16 else "fp32"
        self.arithmetic = f"{linear.library}-{precision}"
        self.weights = read_weights(
            checkpoint, lambda weight, bias: linear(weight.to(dtype), bias.to(dtype))
        )
        self.row_multiple = linear.row_multiple
        self._head = Head(self.weights.output, linear, dtype)
        self._dtype = dtype

    @property
    def context(self) -> int:
        return self.weights.context

    @property
    def vocabulary(self) -> int:
        return len(self.weights.output)

    def hidden(self, tokens: Tensor, positions: Tensor, mix: Mix) -> Tensor:
        """The residual stream behind all layers [rows, width]."""
        hidden = F.embedding(tokens, self.weights.token_embedding)
        hidden = hidden + F.embedding(positions, self.weights.position_embedding)
        for index, layer in enumerate(self.weights.layers):
            projected = layer.query_key_value(self._norm(layer.attention_norm, hidden))
            mixed = mix(index, projected.float())
            hidden = hidden + layer.attention_out(mixed.to(self._dtype))
            hidden = hidden + self._mlp(layer, hidden)
        return hidden

    def logits(self, hidden: Tensor) -> Tensor:
        """In fp32 [rows, vocabulary]."""
        return self._head(self._norm(self.weights.final_norm, hidden))

    def _mlp(self, layer: Layer[Linear], hidden: Tensor) -> Tensor:
        inner = layer.mlp_in(self._norm(layer.mlp_norm, hidden))
        return layer.mlp_out(F.gelu(inner, approximate="tanh"))

    def _norm(self, norm: Norm, hidden: Tensor) -> Tensor:
        """The residual stream stays fp32: in bf16 its large entries would swallow the updates."""
        width = (hidden.shape[1],)
        normed = F.layer_norm(hidden, width, norm.weight, norm.bias, self.weights.epsilon)
        return normed.to(self._dtype)
