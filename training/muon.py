"""Muon for the matrices inside the blocks and AdamW for the rest, as one optimizer.

The Trainer, its scheduler and its checkpoints know one optimizer. Muon: Jordan et al. 2024,
https://kellerjordan.github.io/posts/muon/; here `torch.optim.Muon`.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn


class MuonWithAdamW(torch.optim.Optimizer):
    """Two optimizers over one list of parameter groups and one state, keyed by parameter."""

    def __init__(
        self, model: nn.Module, *, muon_rate: float, adam_rate: float, weight_decay: float
    ) -> None:
        hidden = [p for name, p in model.named_parameters() if p.ndim == 2 and ".h." in name]
        chosen = {id(p) for p in hidden}
        rest = [p for p in model.parameters() if id(p) not in chosen]
        self.parts: list[torch.optim.Optimizer] = [
            torch.optim.Muon(hidden, lr=muon_rate, momentum=0.95, weight_decay=weight_decay),
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
