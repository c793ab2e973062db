"""Packs examples into rows of one length, so that little of a row is padding.

Positions begin at 0 with every example, as in serving, and the model derives from them that no
example may look at another (`transformers.masking_utils.find_packed_sequence_indices`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import Dataset

from training.encode import Encoded

IGNORED = -100
"""Target of the prompt's tokens: the model has to answer prompts, not to write them."""
WINDOW = 1024
"""Examples that are packed together: enough to fill rows well, few enough to stay mixed."""


def pack(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Indices by row: the longest first, each into the fullest row that still has room for it.

    Best-fit decreasing: uses at most 11/9 of the fewest possible rows (Johnson 1974).
    """
    rows, room = list[list[int]](), list[int]()
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        size = min(lengths[index], capacity)
        fitting = [row for row, left in enumerate(room) if left >= size]
        if fitting:
            row = min(fitting, key=room.__getitem__)
        else:
            row = len(rows)
            rows.append([])
            room.append(capacity)
        rows[row].append(index)
        room[row] -= size
    return rows


@dataclass(frozen=True, slots=True)
class Piece:
    tokens: npt.NDArray[np.int32]
    prompt: int
    """How many of the tokens are the prompt."""


class PackedRows(Dataset[dict[str, torch.Tensor]]):
    """Rows of `context` tokens over all examples of the data sets, in a seeded random order.

    An item holds `input_ids`, `labels` and `position_ids`, each [context] of int64. An example
    longer than the context is cut off at its end.
    """

    def __init__(
        self, sources: Mapping[str, Encoded], passes: Mapping[str, float], context: int, seed: int
    ) -> None:
        self.context = context
        rng = np.random.default_rng(seed)
        pieces = [piece for name in passes for piece in drawn(sources[name], passes[name], rng)]
        order = rng.permutation(len(pieces))
        rows = list[list[Piece]]()
        for start in range(0, len(order), WINDOW):
            window = [pieces[index] for index in order[start : start + WINDOW]]
            packed = pack([len(piece.tokens) for piece in window], context)
            rows += [[window[index] for index in row] for row in packed]
        # The longest would come first in each window, and whoever takes some rows gets only those.
        self.rows = [rows[index] for index in rng.permutation(len(rows))]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        tokens = np.zeros(self.context, np.int64)
        labels = np.full(self.context, IGNORED, np.int64)
        positions = np.arange(self.context)
        start = 0
        for piece in self.rows[index]:
            end = min(start + len(piece.tokens), self.context)
            tokens[start:end] = piece.tokens[: end - start]
            labels[start + piece.prompt : end] = tokens[start + piece.prompt : end]
            positions[start:] = np.arange(self.context - start)
            start = end
        positions[start:] = np.arange(self.context - start)
        return {
            "input_ids": torch.from_numpy(tokens),
            "labels": torch.from_numpy(labels),
            "position_ids": torch.from_numpy(positions),
        }


def drawn(source: Encoded, passes: float, rng: np.random.Generator) -> list[Piece]:
    """All of a data set's examples for each whole pass, and a random part for the rest."""
    count = round(passes * len(source))
    picked = np.concatenate([rng.permutation(len(source)) for _ in range(int(passes) + 1)])[:count]
    return [Piece(source.tokens(int(index)), source.prompt(int(index))) for index in picked]
