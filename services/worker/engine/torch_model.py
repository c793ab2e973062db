"""GPT-2 on a CPU by torch's operations: where nothing can be compiled, or oneDNN is faster.

Knows nothing of sequences, sampling or text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from services.worker.engine.attention import Attention, Spans, spans_of
from services.worker.engine.checkpoint import Checkpoint
from services.worker.engine.linear import Linear
from services.worker.engine.network import Network
from services.worker.engine.runner import Chunk

MakeAttention = Callable[..., Attention]
"""Called with layers, slots, heads, head_dim, context."""


class TorchModel:
    """As `Model`: linear layers in `dtype`, all else in fp32."""

    device = torch.device("cpu")

    def __init__(
        self,
        checkpoint: Checkpoint,
        dtype: torch.dtype,
        linear: type[Linear],
        attention: MakeAttention,
    ) -> None:
        """Raises ModelLoadError."""
        self._network = Network(checkpoint, dtype, linear)
        self.arithmetic = self._network.arithmetic
        self._attention = attention

    @property
    def context(self) -> int:
        return self._network.context

    @property
    def vocabulary(self) -> int:
        return self._network.vocabulary

    def runner(self, *, slots: int, context: int) -> "TorchRunner":
        weights = self._network.weights
        attention = self._attention(
            layers=len(weights.layers),
            slots=slots,
            heads=weights.heads,
            head_dim=weights.head_dim,
            context=context,
        )
        return TorchRunner(self._network, attention)


@dataclass(frozen=True, slots=True)
class _Batch:
    """The rows of one step; ids and positions are padded."""

    tokens: Tensor
    positions: Tensor
    spans: Spans
    drawn: list[int]


class TorchRunner:
    """As `Runner`."""

    def __init__(self, network: Network, attention: Attention) -> None:
        self._network = network
        self._attention = attention

    def forward(self, chunks: Sequence[Chunk]) -> Tensor:
        batch = self._batch(chunks)
        mix = partial(self._attention.mix, spans=batch.spans)
        hidden = self._network.hidden(batch.tokens, batch.positions, mix)
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
        padding = [0] * (-len(tokens) % self._network.row_multiple)
        spans = spans_of(chunks)
        ends = zip(chunks, spans.firsts + spans.counts, strict=True)
        return _Batch(
            tokens=torch.tensor(tokens + padding),
            positions=torch.tensor(positions + padding),
            spans=spans,
            drawn=[int(end) - 1 for chunk, end in ends if chunk.wants_logits],
        )

    def _logits(self, hidden: Tensor, drawn: list[int]) -> Tensor:
        """Pad by repetition, since the last rows of a prefill may be one row alone."""
        if not drawn:
            return hidden.new_empty(0, self._network.vocabulary)
        padding = drawn[-1:] * (-len(drawn) % self._network.row_multiple)
        return self._network.logits(hidden[drawn + padding])[: len(drawn)]
