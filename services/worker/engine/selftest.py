"""Proves at start-up, on the loaded model, that a row's bits do not depend on its company.

The outcome is part of the numeric kind: two workers of one kind continue each other's stories.
"""

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor

from services.worker.engine.runner import Chunk, Model, Runner

_PROBE_TOKENS = 6
_NEIGHBOURS_TOKENS = (35, 91)
"""Few and many rows: kernels may be others for them."""


@dataclass(frozen=True, slots=True)
class SelfTest:
    """`fingerprint` hashes the probe's bits: it differs where the arithmetic does."""

    exact: bool
    fingerprint: str


def self_test(model: Model) -> SelfTest:
    """Run a probe beside a long neighbour in one prefill, and alone token by token."""
    alone, in_solitude = _decode_alone(model)
    exact = True
    for tokens in _NEIGHBOURS_TOKENS:
        together, in_company = _prefill_with_neighbour(model, tokens)
        exact = exact and torch.equal(together, alone)
        for ours, theirs in zip(in_company.states(), in_solitude.states(), strict=True):
            exact = exact and torch.equal(ours[0], theirs[0])
    return SelfTest(exact, hashlib.sha256(alone.numpy().tobytes()).hexdigest()[:8])


def _prefill_with_neighbour(model: Model, tokens: int) -> tuple[Tensor, Runner]:
    runner = _small(model)
    neighbour = Chunk(1, 0, _tokens(model, min(tokens, model.context)), True)
    probe = Chunk(0, 0, _tokens(model, _PROBE_TOKENS), True)
    return runner.forward([neighbour, probe])[1], runner


def _decode_alone(model: Model) -> tuple[Tensor, Runner]:
    runner = _small(model)
    for position, token in enumerate(_tokens(model, _PROBE_TOKENS)):
        logits = runner.forward([Chunk(0, position, [token], True)])
    return logits[0].clone(), runner


def _small(model: Model) -> Runner:
    return model.runner(slots=2, context=min(128, model.context))


def _tokens(model: Model, count: int) -> list[int]:
    """Spread over the vocabulary, always the same."""
    return [(7919 * index + 13) % model.vocabulary for index in range(count)]
