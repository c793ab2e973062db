"""GPT-2's weights, checked. Knows the names and shapes of a checkpoint; computes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from torch import Tensor

from services.worker.engine.checkpoint import Checkpoint
from shared.errors import ModelLoadError

L = TypeVar("L")
Make = Callable[[Tensor, Tensor], L]
"""A linear layer of weights [outputs, inputs] and a bias [outputs]."""


@dataclass(frozen=True, slots=True)
class Norm:
    weight: Tensor
    bias: Tensor


@dataclass(frozen=True, slots=True)
class Layer(Generic[L]):
    attention_norm: Norm
    query_key_value: L
    attention_out: L
    mlp_norm: Norm
    mlp_in: L
    mlp_out: L


@dataclass(frozen=True, slots=True)
class Weights(Generic[L]):
    """All in fp32, but what linear layers are made into."""

    token_embedding: Tensor
    position_embedding: Tensor
    layers: list[Layer[L]]
    final_norm: Norm
    output: Tensor
    """Of the head [vocabulary, width], which has no bias."""
    heads: int
    epsilon: float

    @property
    def head_dim(self) -> int:
        return self.token_embedding.shape[1] // self.heads

    @property
    def context(self) -> int:
        return self.position_embedding.shape[0]


def read_weights(checkpoint: Checkpoint, make: Make[L]) -> Weights[L]:
    """Raises ModelLoadError if a tensor is not there or has another shape."""
    config = checkpoint.config
    reader = _Reader(checkpoint, make)
    embedding = reader.tensor("wte.weight", config.vocab_size, config.n_embd)
    output = embedding
    if not config.tie_word_embeddings:
        output = reader.tensor("lm_head.weight", config.vocab_size, config.n_embd)
    return Weights(
        token_embedding=embedding,
        position_embedding=reader.tensor("wpe.weight", config.n_positions, config.n_embd),
        layers=[reader.layer(f"h.{index}") for index in range(config.n_layer)],
        final_norm=reader.norm("ln_f"),
        output=output,
        heads=config.n_head,
        epsilon=config.layer_norm_epsilon,
    )


class _Reader(Generic[L]):
    """Takes tensors out of a checkpoint and insists on their shapes."""

    def __init__(self, checkpoint: Checkpoint, make: Make[L]) -> None:
        self._checkpoint = checkpoint
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
        if not tensor.is_floating_point():
            raise ModelLoadError(f"{self._checkpoint.directory}: {name} has {tensor.dtype} numbers")
        return tensor.float()

    def norm(self, name: str) -> Norm:
        return Norm(
            self.tensor(f"{name}.weight", self._width), self.tensor(f"{name}.bias", self._width)
        )

    def layer(self, name: str) -> Layer[L]:
        inner = self._checkpoint.config.n_inner or 4 * self._width
        return Layer(
            attention_norm=self.norm(f"{name}.ln_1"),
            query_key_value=self._linear(f"{name}.attn.c_attn", self._width, 3 * self._width),
            attention_out=self._linear(f"{name}.attn.c_proj", self._width, self._width),
            mlp_norm=self.norm(f"{name}.ln_2"),
            mlp_in=self._linear(f"{name}.mlp.c_fc", self._width, inner),
            mlp_out=self._linear(f"{name}.mlp.c_proj", inner, self._width),
        )

    def _linear(self, name: str, inputs: int, outputs: int) -> L:
        """GPT-2 stores [in, out], the transpose of what a linear layer takes."""
        weight = self.tensor(f"{name}.weight", inputs, outputs).t()
        return self._make(weight, self.tensor(f"{name}.bias", outputs))
