"""Muon for the matrices inside the blocks and AdamW for the rest, as one optimizer.

The Trainer, its scheduler and its checkpoints know one optimizer. Muon: Jordan et al. 2024,
https://kellerjordan.github.io/posts/muon/. Not `torch.optim.Muon`, which multiplies in bfloat16
everywhere: a hundred times slower than float32 on a CPU without such instructions.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from training.precision import fast_half

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5
EPSILON = 1e-7


class Muon(torch.optim.Optimizer):
    """Steps along the orthogonalised momentum of every matrix, with Nesterov's look ahead."""

    def __init__(
        self, matrices: Iterable[Tensor], *, lr: float, momentum: float, weight_decay: float
    ) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            alike = defaultdict[torch.Size, list[Tensor]](list)
            for matrix in group["params"]:
                if matrix.grad is not None:
                    alike[matrix.shape].append(matrix)
            for shape, matrices in alike.items():
                ahead = torch.stack([self._ahead(matrix, group["momentum"]) for matrix in matrices])
                rate = group["lr"] * max(1, shape[0] / shape[1]) ** 0.5
                for matrix, update in zip(matrices, orthogonal(ahead), strict=True):
                    matrix.mul_(1 - group["lr"] * group["weight_decay"])
                    matrix.add_(update, alpha=-rate)

    def _ahead(self, matrix: Tensor, momentum: float) -> Tensor:
        assert matrix.grad is not None  # the caller chose
        state = self.state[matrix]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(matrix)
        moving: Tensor = state["momentum"]
        moving.lerp_(matrix.grad, 1 - momentum)
        return matrix.grad.lerp(moving, momentum)


def orthogonal(matrices: Tensor) -> Tensor:
    """Singular values of each matrix [n, rows, columns] to about 1, by Newton-Schulz iterations.

    They end near 1, not at it, which serves as well and takes fewer iterations.
    """
    a, b, c = COEFFICIENTS
    tall = matrices.shape[1] > matrices.shape[2]
    x: Tensor = matrices.mT if tall else matrices
    x = x.to(fast_half(x.device) or torch.float32)
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=EPSILON)
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return (x.mT if tall else x).to(matrices.dtype)


class MuonWithAdamW(torch.optim.Optimizer):
    """Two optimizers over one list of parameter groups and one state, keyed by parameter."""

    def __init__(
        self, model: nn.Module, *, muon_rate: float, adam_rate: float, weight_decay: float
    ) -> None:
        hidden = [p for name, p in model.named_parameters() if p.ndim == 2 and ".h." in name]
        chosen = {id(p) for p in hidden}
        rest = [p for p in model.parameters() if id(p) not in chosen]
        self.parts: list[torch.optim.Optimizer] = [
            Muon(hidden, lr=muon_rate, momentum=0.95, weight_decay=weight_decay),
            torch.optim.AdamW(rest, lr=adam_rate, betas=(0.9, 0.95), weight_decay=weight_decay),
        ]
        super().__init__([group for part in self.parts for group in part.param_groups], {})
        self.link()

    def link(self) -> None:
        """Let both parts work on this object's groups and state."""
        for part, group in zip(self.parts, self.param_groups, strict=True):
            part.param_groups, part.state = [group], self.state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self.link()

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        if closure is not None:
            raise ValueError("this optimizer takes no closure")
        for part in self.parts:
            part.step()
