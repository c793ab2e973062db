"""GPT-2 on a GPU, or by the same code on any device of torch's.

All is of a fixed shape: every pass runs as many rows, and each row mixes over all of its slot's
context, masked behind its own place. So the same kernels run always, a row's bits do not depend on
its company, and a pass can be recorded as a CUDA graph. Knows nothing of sequences or text.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from services.worker.engine.checkpoint import Checkpoint
from services.worker.engine.linear import FixedLinear
from services.worker.engine.network import Network
from services.worker.engine.runner import Chunk

ROWS = FixedLinear.row_multiple
"""Of a pass, whatever number of slots there is: workers with others compute the same bits."""
WARM_UPS = 3
"""Passes before a graph is recorded, in which libraries choose and load what they need."""


class DeviceModel:
    """As `Model`: linear layers in `dtype`, all else in fp32."""

    def __init__(self, checkpoint: Checkpoint, dtype: torch.dtype, device: torch.device) -> None:
        """Raises ModelLoadError."""
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
        tensors = {name: tensor.to(device) for name, tensor in checkpoint.tensors.items()}
        self._network = Network(replace(checkpoint, tensors=tensors), dtype, FixedLinear)
        self.device = device
        self.arithmetic = self._network.arithmetic

    @property
    def context(self) -> int:
        return self._network.context

    @property
    def vocabulary(self) -> int:
        return self._network.vocabulary

    def runner(self, *, slots: int, context: int) -> "DeviceRunner":
        """With room for the model's whole context, whatever is asked for: shapes are fixed."""
        return DeviceRunner(self._network, self.device, slots=slots)


class DeviceRunner:
    """As `Runner`: by a graph where the device has any."""

    def __init__(self, network: Network, device: torch.device, *, slots: int) -> None:
        weights = network.weights
        on_gpu = device.type == "cuda"
        self._network = network
        self._slots = slots
        # One slot more than there are, where rows write that are nobody's.
        shape = (slots + 1, weights.heads, network.context, weights.head_dim)
        self._keys = [torch.zeros(shape, device=device) for _ in weights.layers]
        self._values = [torch.zeros(shape, device=device) for _ in weights.layers]
        self._places = torch.arange(network.context, device=device)
        self._inputs = _inputs_of([], spare=slots).to(device)
        self._drawn = torch.empty(slots, network.vocabulary, pin_memory=on_gpu)
        self._pass = recorded(self.run) if on_gpu else self.run

    def forward(self, chunks: Sequence[Chunk]) -> Tensor:
        rows = [row for chunk in chunks for row in _rows_of(chunk)]
        drawn, first = _last_rows(chunks), 0
        for chunk in chunks:
            if chunk.start == 0:
                self._clear(chunk.slot, 0)
        for begin in range(0, len(rows), ROWS):
            self._inputs.copy_(_inputs_of(rows[begin : begin + ROWS], spare=self._slots))
            logits = self._pass()
            wanted = [row - begin for row in drawn if begin <= row < begin + ROWS]
            self._drawn[first : first + len(wanted)] = logits[wanted]
            first += len(wanted)
        return self._drawn[:first]

    def copy(self, source: int, target: int, count: int) -> None:
        for state in (*self._keys, *self._values):
            state[target, :, :count] = state[source, :, :count]
        self._clear(target, count)

    def _clear(self, slot: int, start: int) -> None:
        """From there on, of what another story left: of what is no number, a share of 0 is none."""
        for values in self._values:
            values[slot, :, start:] = 0

    def states(self) -> Sequence[Tensor]:
        return [state[: self._slots] for state in (*self._keys, *self._values)]

    def run(self) -> Tensor:
        """A pass over what lies in the inputs: logits [ROWS, vocabulary] on the device.

        A function of buffers alone, all on the device, so that it can be recorded.
        """
        tokens, _, positions = self._inputs
        hidden = self._network.hidden(tokens, positions, self._mix)
        return self._network.logits(hidden)

    def _mix(self, layer: int, projected: Tensor) -> Tensor:
        """Keys and values are kept in fp32: a product in bf16 would round its scores to bf16.

        What lies beyond a row's place has a share of exactly 0, whatever finite number it is.
        """
        _, slots, positions = self._inputs
        keys, values = self._keys[layer], self._values[layer]
        _, heads, _, head_dim = keys.shape
        queries, new_keys, new_values = projected.view(ROWS, 3, heads, head_dim).unbind(1)
        keys[slots, :, positions] = new_keys
        values[slots, :, positions] = new_values
        scores = (keys[slots] @ (queries * head_dim**-0.5)[..., None]).squeeze(3)
        beyond = self._places > positions[:, None]  # [rows, context]
        shares = scores.masked_fill(beyond[:, None], -torch.inf).softmax(2)
        mixed: Tensor = shares[:, :, None] @ values[slots]  # [rows, heads, 1, head_dim]
        return mixed.view(ROWS, -1)


def recorded(run: Callable[[], Tensor]) -> Callable[[], Tensor]:
    """`run` as one CUDA graph, whose results are in the same place each time.

    After https://docs.pytorch.org/docs/stable/notes/cuda.html#whole-network-capture, but for one
    stream for both: handles of libraries are made for each stream, and not while it is recorded.
    """
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UPS):
            run()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream):
        result = run()

    def replay() -> Tensor:
        graph.replay()
        return result

    return replay


_Row = tuple[int, int, int]
"""Token, slot, position."""


def _rows_of(chunk: Chunk) -> list[_Row]:
    return [
        (token, chunk.slot, position) for position, token in enumerate(chunk.tokens, chunk.start)
    ]


def _last_rows(chunks: Sequence[Chunk]) -> list[int]:
    """Of those chunks that a token is drawn behind."""
    ends, end = [], 0
    for chunk in chunks:
        end += len(chunk.tokens)
        if chunk.wants_logits:
            ends.append(end - 1)
    return ends


def _inputs_of(rows: list[_Row], *, spare: int) -> Tensor:
    """Of a pass [3, ROWS]: tokens, slots, positions. What is missing is written to `spare`."""
    padding = [(0, spare, 0)] * (ROWS - len(rows))
    return torch.tensor(rows + padding).t().contiguous()
