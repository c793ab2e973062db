"""Proves at start-up, on the loaded model, that a row's bits do not depend on its company.

The outcome is part of the numeric kind: two workers of one kind continue each other's stories.
"""

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor

from services.worker.engine.attention import Attention
from services.worker.engine.kernels import make_attention
from services.worker.engine.model_runner import Chunk, ModelRunner
from services.worker.engine.weights import Weights

_PROBE_TOKENS = 6
_NEIGHBOUR_TOKENS = 35


@dataclass(frozen=True, slots=True)
class SelfTest:
    """`fingerprint` hashes the probe's bits: it differs where the arithmetic does."""

    exact: bool
    fingerprint: str


def self_test(weights: Weights) -> SelfTest:
    """Run a probe beside a long neighbour in one prefill, and alone token by token."""
    together, in_company = _prefill_with_neighbour(weights)
    alone, in_solitude = _decode_alone(weights)
    exact = torch.equal(together, alone) and all(
        torch.equal(ours[0], theirs[0])
        for ours, theirs in zip(in_company.states(), in_solitude.states(), strict=True)
    )
    return SelfTest(exact, hashlib.sha256(together.numpy().tobytes()).hexdigest()[:8])


def _prefill_with_neighbour(weights: Weights) -> tuple[Tensor, Attention]:
    attention = _small(weights)
    neighbour = Chunk(1, 0, _tokens(weights, min(_NEIGHBOUR_TOKENS, weights.context)), True)
    probe = Chunk(0, 0, _tokens(weights, _PROBE_TOKENS), True)
    return ModelRunner(weights, attention).forward([neighbour, probe])[1], attention


def _decode_alone(weights: Weights) -> tuple[Tensor, Attention]:
    attention = _small(weights)
    runner = ModelRunner(weights, attention)
    for position, token in enumerate(_tokens(weights, _PROBE_TOKENS)):
        logits = runner.forward([Chunk(0, position, [token], True)])
    return logits[0], attention


def _small(weights: Weights) -> Attention:
    return make_attention(weights, slots=2, context=min(64, weights.context))


def _tokens(weights: Weights, count: int) -> list[int]:
    """Spread over the vocabulary, always the same."""
    return [(7919 * index + 13) % len(weights.token_embedding) for index in range(count)]
