"""Muon against its definition and against PyTorch's, which computes in bfloat16."""

import pytest
import torch

from training import muon
from training.muon import Muon, orthogonal


@pytest.mark.parametrize("shape", [(16, 64), (64, 16), (32, 32)])
def test_an_update_has_the_directions_of_the_gradient_and_about_one_length(
    shape: tuple[int, int],
) -> None:
    matrices = torch.randn(3, *shape, generator=torch.Generator().manual_seed(1))

    for matrix, update in zip(matrices, orthogonal(matrices), strict=True):
        left, _, right = torch.linalg.svd(matrix, full_matrices=False)
        inner = left.T @ update @ right.T
        assert 0.6 < inner.diagonal().median() < 1.3
        assert (inner - inner.diagonal().diag()).abs().max() < 0.05


def test_steps_are_those_of_pytorch_within_the_latters_precision(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(muon, "fast_half", lambda device: None)  # ours are to be in fp32 everywhere
    generator = torch.Generator().manual_seed(2)
    begin = [torch.randn(shape, generator=generator) for shape in ((24, 48), (48, 24), (24, 48))]
    ours, theirs = ([matrix.clone().requires_grad_() for matrix in begin] for _ in range(2))
    steppers = (
        Muon(ours, lr=0.02, momentum=0.95, weight_decay=0.1),
        torch.optim.Muon(theirs, lr=0.02, momentum=0.95, weight_decay=0.1),
    )

    for _ in range(3):
        for one, other in zip(ours, theirs, strict=True):
            one.grad = torch.randn(one.shape, generator=generator)
            other.grad = one.grad.clone()
        for stepper in steppers:
            stepper.step()

    for one, other, was in zip(ours, theirs, begin, strict=True):
        moved = (one - was).norm()
        assert (one - other).norm() < 0.02 * moved
