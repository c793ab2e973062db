"""What an engine needs of a model that it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Chunk:
    """Tokens to be run at the positions from `start` on, in `slot`."""

    slot: int
    start: int
    tokens: Sequence[int]
    wants_logits: bool
    """Whether the token after the last one is to be drawn."""


class Runner(Protocol):
    """A model and what its attention remembers. A row's result depends on its own slot alone."""

    def forward(self, chunks: Sequence[Chunk]) -> Tensor:
        """Run the chunks; fp32 logits [chunks that want them, vocabulary], in their order, where
        the CPU reads them.

        The next call may write its own in their place.
        """

    def copy(self, source: int, target: int, count: int) -> None:
        """Let the slot `target` begin with the first `count` positions of `source`."""

    def states(self) -> Sequence[Tensor]:
        """All keys and values, slots first."""


class Model(Protocol):
    device: torch.device
    """What computes it."""
    arithmetic: str
    """Whose it is and in which numbers: like the device part of the numeric kind."""

    @property
    def context(self) -> int: ...

    @property
    def vocabulary(self) -> int: ...

    def runner(self, *, slots: int, context: int) -> Runner:
        """With room for so many sequences of so many tokens."""
