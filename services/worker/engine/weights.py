"""GPT-2's weights, checked and laid out for the forward pass.

Knows the names and shapes of a checkpoint; computes nothing but the output head.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from services.worker.engine.checkpoint import Checkpoint
from services.worker.engine.linear import Linear
from shared.errors import ModelLoadError


@dataclass(frozen=True, slots=True)
class Norm:
    weight: Tensor
    bias: Tensor


@dataclass(frozen=True, slots=True)
class Layer:
    attention_norm: Norm
    query_key_value: Linear
    attention_out: Linear
    mlp_norm: Norm
    mlp_in: Linear
    mlp_out: Linear


class Head:
    """Hidden rows to fp32 logits.

    In bf16 the mean of all output vectors is split off and its part of the logits added in fp32.
    GPT-2's logits lie around -30 to -100, where bf16 has steps of 0.25 to 0.5; what differs
    between tokens is ten times smaller. Where the logits themselves are fp32 that holds of the
    weights.
    """

    def __init__(self, weight: Tensor, make: type[Linear], dtype: torch.dtype) -> None:
        self._mean = weight.mean(0) if dtype == torch.bfloat16 or make.rounds else None
        shifted = weight if self._mean is None else weight - self._mean
        self._linear = make(shifted.to(dtype), None)

    def __call__(self, rows: Tensor) -> Tensor:
        logits = self._linear(rows).float()
        return logits if self._mean is None else logits + (rows.float() * self._mean).sum(1, True)


@dataclass(frozen=True, slots=True)
class Weights:
    token_embedding: Tensor
    position_embedding: Tensor
    layers: list[Layer]
    final_norm: Norm
    head: Head
    dtype: torch.dtype
    heads: int
    epsilon: float

    @property
    def head_dim(self) -> int:
        return self.token_embedding.shape[1] // self.heads

    @property
    def context(self) -> int:
        return self.position_embedding.shape[0]

    @property
    def row_multiple(self) -> int:
        return self.layers[0].mlp_in.row_multiple

    @property
    def rounds(self) -> bool:
        """Whether layers read bf16 alone: keys and values lose nothing more if they are kept so."""
        return self.dtype == torch.bfloat16 or self.layers[0].mlp_in.rounds


def build_weights(checkpoint: Checkpoint, dtype: torch.dtype, make: type[Linear]) -> Weights:
    """Lay a checkpoint out: linears in `dtype`, all else in fp32. Raises ModelLoadError."""
    config = checkpoint.config
    reader = _Reader(checkpoint, dtype, make)
    embedding = reader.tensor("wte.weight", config.vocab_size, config.n_embd)
    output = embedding
    if not config.tie_word_embeddings:
        output = reader.tensor("lm_head.weight", config.vocab_size, config.n_embd)
    return Weights(
        token_embedding=embedding,
        position_embedding=reader.tensor("wpe.weight", config.n_positions, config.n_embd),
        layers=[reader.layer(f"h.{index}") for index in range(config.n_layer)],
        final_norm=reader.norm("ln_f"),
        head=Head(output, make, dtype),
        dtype=dtype,
        heads=config.n_head,
        epsilon=config.layer_norm_epsilon,
    )


class _Reader:
    """Takes tensors out of a checkpoint and insists on their shapes."""

    def __init__(self, checkpoint: Checkpoint, dtype: torch.dtype, make: type[Linear]) -> None:
        self._checkpoint = checkpoint
        self._dtype = dtype
        self._make = make
        self._width = checkpoint.config.n_embd

    def tensor(self, name: str, *shape: int) -> Tensor:
        tensor = self._checkpoint.tensors.get(name)
        if tensor is None:
            raise ModelLoadError(f"{self._checkpoint.directory}: the weights lack {name}")
        if tensor.shape != shape:
            raise ModelLoadError(
                f"{self._checkpoint.directory}: {name} has shape {tuple(tensor.shape)}, not {shape}"
            )
        return tensor.float()

    def norm(self, name: str) -> Norm:
        return Norm(
            self.tensor(f"{name}.weight", self._width), self.tensor(f"{name}.bias", self._width)
        )

    def layer(self, name: str) -> Layer:
        inner = self._checkpoint.config.n_inner or 4 * self._width
        return Layer(
            attention_norm=self.norm(f"{name}.ln_1"),
            query_key_value=self._linear(f"{name}.attn.c_attn", self._width, 3 * self._width),
            attention_out=self._linear(f"{name}.attn.c_proj", self._width, self._width),
            mlp_norm=self.norm(f"{name}.ln_2"),
            mlp_in=self._linear(f"{name}.mlp.c_fc", self._width, inner, with_gelu=True),
            mlp_out=self._linear(f"{name}.mlp.c_proj", inner, self._width),
        )

    def _linear(self, name: str, inputs: int, outputs: int, *, with_gelu: bool = False) -> Linear:
        """GPT-2 stores [in, out], the transpose of what a linear layer takes."""
        weight = self.tensor(f"{name}.weight", inputs, outputs).t().to(self._dtype)
        bias = self.tensor(f"{name}.bias", outputs).to(self._dtype)
        return self._make(weight, bias, with_gelu=with_gelu)
