"""GPT-2 for the compiled forward pass: the fast way, on every processor with fused products."""

from collections.abc import Sequence

import numba
import numpy as np
import torch
from torch import Tensor

from services.worker.engine.batching import table_of
from services.worker.engine.checkpoint import Checkpoint
from services.worker.engine.crew import new_board
from services.worker.engine.layout import Linears, Model, PackedRows, Room, Rows
from services.worker.engine.memory import Arena
from services.worker.engine.packing import new_packed
from services.worker.engine.panels import PanelKind, lay_out
from services.worker.engine.passes import parts_of, run
from services.worker.engine.quantizing import new_rows
from services.worker.engine.ragged import RaggedAttention
from services.worker.engine.runner import Chunk
from services.worker.engine.weights import Norm, Weights, read_weights

_Layer = tuple[Tensor, Tensor]


class PanelModel:
    device = torch.device("cpu")

    def __init__(self, checkpoint: Checkpoint, kind: PanelKind) -> None:
        """Raises ModelLoadError."""
        weights = read_weights(checkpoint, lambda weight, bias: (weight, bias))
        self.arithmetic = f"{kind.library}-fp32"
        self.context = weights.context
        self.vocabulary = len(weights.token_embedding)
        self._kind = kind
        self._heads, self._head_dim = weights.heads, weights.head_dim
        # What all logits share is added in fp32; see `Head` of the model in torch.
        output = weights.output
        mean = output.mean(0) if kind.rounds else torch.zeros(output.shape[1])
        self._linears = _linears(weights, output - mean, kind)
        self._model = _model(weights, mean)

    def runner(self, *, slots: int, context: int) -> "PanelRunner":
        attention = RaggedAttention(
            layers=len(self._linears.qkv.bias),
            slots=slots,
            heads=self._heads,
            head_dim=self._head_dim,
            context=context,
            kept=self._kind.kept,
        )
        return PanelRunner(
            self._model, self._linears, attention, self._kind, vocabulary=self.vocabulary
        )


class PanelRunner:
    """As `Runner`, by as many threads as numba is set to."""

    def __init__(
        self,
        model: Model,
        linears: Linears,
        attention: RaggedAttention,
        kind: PanelKind,
        *,
        vocabulary: int,
    ) -> None:
        self._model = model
        self._linears = linears
        self._attention = attention
        self._vocabulary = vocabulary
        self._kind = kind
        self.parts = parts_of(len(linears.qkv.bias), quantized=kind.quantized)
        self._panels = max(linear.weights.shape[1] for linear in linears)
        self.board = new_board(0, 0, 0)
        """Of the last step, by part: when each was done."""
        self._arena = Arena()
        self._room, self._rows = self._new_room(rows=0, drawn=0), self._new_rows(rows=0, drawn=0)
        """Of the last step, since the next one is mostly of the same form; those of another form
        take the same memory."""

    def forward(self, chunks: Sequence[Chunk]) -> Tensor:
        tokens = np.array([token for each in chunks for token in each.tokens])
        rows, drawn = len(tokens), sum(each.wants_logits for each in chunks)
        if self._room.logits.shape[0] != drawn or self._room.hidden.shape[1] != rows:
            self._arena.reset()
            self._room, self._rows = self._new_room(rows, drawn), self._new_rows(rows, drawn)
        tasks = max(self._panels, rows, len(chunks) * self._attention.keys.shape[3])
        if not self.board.is_for(numba.get_num_threads(), tasks):
            self.board = new_board(len(self.parts), numba.get_num_threads(), tasks)
        run(
            self._model,
            *self._linears,
            table_of(chunks),
            tokens,
            self._attention.keys,
            self._attention.values,
            self._room,
            *self._rows,
            self.board,
        )
        return torch.from_numpy(self._room.logits[:, : self._vocabulary])

    def copy(self, source: int, target: int, count: int) -> None:
        self._attention.copy(source, target, count)

    def states(self) -> Sequence[Tensor]:
        return self._attention.states()

    def _new_room(self, rows: int, drawn: int) -> Room:
        """For steps of so many rows, of which so many are drawn from."""
        qkv, width, _, _, vocabulary = (linear.bias.shape[1] for linear in self._linears)
        layers = len(self._linears.qkv.bias)
        return Room(
            hidden=self._arena.empty((2 * layers - 1, rows, width), np.float32),
            drawn=self._arena.empty((3, drawn, width), np.float32),
            projected=self._arena.empty((layers, rows, qkv), np.float32),
            shifts=self._arena.empty((drawn,), np.float32),
            logits=self._arena.empty((drawn, vocabulary), np.float32),
        )

    def _new_rows(self, rows: int, drawn: int) -> tuple[PackedRows, ...]:
        layers = len(self._linears.qkv.bias)
        of_all = self._rows_of(rows, layers - 1, norms=2 * layers - 1)
        return *of_all, *self._rows_of(drawn, 1, norms=2)

    def _rows_of(self, rows: int, layers: int, *, norms: int) -> Rows:
        _, width, inner, _, _ = (linear.bias.shape[1] for linear in self._linears)
        own = self._model.token_embedding.shape[1]  # which is all that attention fills
        return Rows(
            normed=self._packed(norms, rows=rows, inputs=width, is_filled=True),
            attended=self._packed(
                layers, rows=rows, inputs=width, in_parts=True, is_filled=width == own
            ),
            wide=self._packed(layers, rows=rows, inputs=inner, in_parts=True, is_filled=True),
        )

    def _packed(
        self, *times: int, rows: int, inputs: int, is_filled: bool, in_parts: bool = False
    ) -> PackedRows:
        if self._kind.quantized:
            return new_rows(
                *times,
                rows=rows,
                inputs=inputs,
                arena=self._arena,
                in_parts=in_parts,
                is_filled=is_filled,
                in_lines=self._kind.in_lines,
            )
        return new_packed(
            *times,
            rows=rows,
            inputs=inputs,
            arena=self._arena,
            word=self._kind.word,
            is_filled=is_filled,
            in_lines=self._kind.in_lines,
        )


def _linears(weights: Weights[_Layer], output: Tensor, kind: PanelKind) -> Linears:
    layers = weights.layers
    return Linears(
        qkv=lay_out([each.query_key_value for each in layers], kind),
        attention_out=lay_out([each.attention_out for each in layers], kind),
        mlp_in=lay_out([each.mlp_in for each in layers], kind),
        mlp_out=lay_out([each.mlp_out for each in layers], kind),
        head=lay_out([(output, None)], kind),
    )


def _model(weights: Weights[_Layer], mean: Tensor) -> Model:
    norms = [norm for each in weights.layers for norm in (each.attention_norm, each.mlp_norm)]
    return Model(
        token_embedding=weights.token_embedding.numpy(),
        position_embedding=weights.position_embedding.numpy(),
        norms=torch.stack([_stacked(norm) for norm in (*norms, weights.final_norm)]).numpy(),
        mean=mean.numpy(),
        epsilon=np.float32(weights.epsilon),
        scale=np.float32(weights.head_dim**-0.5),
    )


def _stacked(norm: Norm) -> Tensor:
    return torch.stack([norm.weight, norm.bias])
