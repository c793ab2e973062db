"""Rows in the order in which the tiles read them, against the same in plain numpy."""

import itertools

import numba
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from services.worker.engine.memory import Arena
from services.worker.engine.packing import (
    BF16_PAIRS,
    FP16_PAIRS,
    IN_FP32,
    Word,
    new_packed,
    pack,
    place_of,
)
from services.worker.engine.processor import CAN_FUSE, LANES, MOST_ROWS

ODD_NUMBERS = [
    0.0,
    -0.0,
    np.nan,
    np.inf,
    -np.inf,
    1e-41,
    3.4e38,
    1 + 2**-8,
    1 + 3 * 2**-8,
    -1e-38,
    1 + 2**-11,
    1 + 3 * 2**-11,
    65519.0,
    65520.0,
    3e-8,
]
"""Among them what lies in the middle of two numbers in bf16 or fp16, what rounds to infinity, and
what is no normal number."""
HALF: dict[type[np.generic], torch.dtype] = {BF16_PAIRS: torch.bfloat16, FP16_PAIRS: torch.float16}


@numba.njit
def pack_all(values, packed, piece):  # type: ignore[no-untyped-def]
    """Every row in pieces of so many inputs."""
    rows, inputs = values.shape
    for row in range(rows):
        for first in range(0, inputs, piece):
            pack(values[row, first : first + piece], packed, place_of(row, rows, packed), first)


@pytest.mark.parametrize("word", [IN_FP32, BF16_PAIRS, FP16_PAIRS])
@pytest.mark.parametrize("rows", [1, MOST_ROWS, MOST_ROWS + 1, 2 * MOST_ROWS + 3])
@pytest.mark.parametrize("piece", [2, 2 * LANES, 4 * LANES + 6])
def test_rows_of_a_tile_stand_beside_each_other(piece: int, rows: int, word: Word) -> None:
    if word is FP16_PAIRS and not CAN_FUSE:
        pytest.skip("no instruction rounds to fp16")
    values = random_rows(rows, 3 * piece)
    packed = new_packed(rows=rows, inputs=values.shape[1], arena=Arena(), word=word)
    pack_all(values, packed, piece)
    np.testing.assert_array_equal(in_floats(packed), in_floats(expected(values, word)))


def in_floats(packed: NDArray[np.generic]) -> NDArray[np.float32]:
    """Equal as numbers: there are many that are none."""
    if packed.dtype == np.float32:
        return packed.view(np.float32)
    return torch.from_numpy(packed).view(HALF[packed.dtype.type]).float().numpy()


def random_rows(rows: int, inputs: int) -> NDArray[np.float32]:
    generator = np.random.default_rng(1)
    values = generator.standard_normal((rows, inputs)).astype(np.float32)
    values.flat[: len(ODD_NUMBERS)] = ODD_NUMBERS[: values.size]
    generator.shuffle(values.reshape(-1))
    return values


def expected(values: NDArray[np.float32], word: Word) -> NDArray[np.generic]:
    rows = len(values)
    tiles = -(-rows // MOST_ROWS)
    firsts = [rows * tile // tiles for tile in range(tiles + 1)]
    kept: NDArray[np.generic] = values
    if word in HALF:
        kept = torch.from_numpy(values).to(HALF[word]).view(torch.int32).numpy().view(word)
    parts = [kept[first:end].T.reshape(-1) for first, end in itertools.pairwise(firsts)]
    return np.concatenate(parts)
