"""Linear layers of our own: right at the edges, and the same bits on any number of threads."""

from collections.abc import Iterator
from typing import Any

import numba
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from services.worker.engine.amx import CAN_AMX, MOST_LINES
from services.worker.engine.crew import new_board
from services.worker.engine.fp16_loop import CHAIN
from services.worker.engine.memory import Arena
from services.worker.engine.packing import BF16_PAIRS, new_packed
from services.worker.engine.panels import (
    BYTES,
    BYTES_BY_AMX,
    FP16,
    PAIRS,
    PAIRS_BY_AMX,
    ROUNDED,
    WHOLE,
    BeyondFp16Error,
    PanelKind,
    lay_out,
)
from services.worker.engine.processor import (
    CAN_FP16,
    CAN_FUSE,
    CAN_PAIR,
    MOST_BYTES,
    MOST_ROWS,
    WIDTH,
)
from services.worker.engine.products import ACTIVATE, BLOCK_TILES
from tests.unit.worker.engine.conftest import needs_amx, needs_fp16
from tests.unit.worker.engine.layers import crew_multiplies, linear, packed_rows, random

pytestmark = pytest.mark.skipif(not CAN_FUSE, reason="no fused multiply-add on this processor")
PAIRS_IN_BF16 = [*([PAIRS] if CAN_PAIR else []), *([PAIRS_BY_AMX] if CAN_AMX else [])]
FLOATS = [WHOLE, ROUNDED, *PAIRS_IN_BF16]
IN_PAIRS = [*PAIRS_IN_BF16, *([FP16] if CAN_FP16 else [])]
KINDS = [*FLOATS, *([FP16] if CAN_FP16 else []), BYTES, *([BYTES_BY_AMX] if CAN_AMX else [])]
MOST_INPUTS = MOST_BYTES // (4 * WIDTH)
"""Of a tile, in fp32 or in pairs."""


@pytest.fixture
def threads() -> Iterator[None]:
    before = numba.get_num_threads()
    yield
    numba.set_num_threads(before)


@pytest.mark.parametrize("outputs", [1, WIDTH - 1, WIDTH, WIDTH + 1, 3 * WIDTH + 5])
@pytest.mark.parametrize(
    "rows", [1, MOST_ROWS - 1, MOST_ROWS, MOST_ROWS + 1, BLOCK_TILES * MOST_ROWS + 2]
)
@pytest.mark.parametrize("inputs", [1, 3, MOST_INPUTS, 4 * MOST_INPUTS + 7])
@pytest.mark.parametrize("kind", FLOATS)
def test_it_is_the_linear_layer(kind: PanelKind, rows: int, inputs: int, outputs: int) -> None:
    x, weight = random(rows, inputs, seed=1), random(outputs, inputs, seed=2)
    if kind.rounds_weights:
        weight = weight.bfloat16().float()
    if kind.word is BF16_PAIRS:
        x = x.bfloat16().float()
    for bias in (None, random(outputs, seed=3)):
        told = linear(kind, weight, bias, x)
        wanted = F.linear(x.double(), weight.double(), None if bias is None else bias.double())
        atol = 1e-5 * max(1, inputs / 100)  # each of the sums is rounded
        torch.testing.assert_close(told.double(), wanted, rtol=1e-5, atol=atol)


@pytest.mark.parametrize("outputs", [3, WIDTH, 2 * WIDTH + 1])
def test_gelu_follows_and_feeds_the_next_layer(outputs: int) -> None:
    """Of sums from hardly anything to far beyond where it is all or nothing."""
    x = random(12, 1, seed=1) * torch.logspace(-6, 5, 12)[:, None]
    weight = random(outputs, 1, seed=2)
    wanted = F.gelu(x.double() @ weight.double().T, approximate="tanh")
    expected = packed_rows(wanted.float(), WHOLE)
    np.testing.assert_allclose(activated(WHOLE, weight, x), expected, rtol=2e-5, atol=1e-6)


def activated(kind: PanelKind, weight: Tensor, x: Tensor) -> NDArray[Any]:
    """The layer's outputs, through GELU and as the next layer's tiles read them."""
    panels = lay_out([(weight, None)], kind)
    padded = panels.bias.shape[1]
    packed = new_packed(
        rows=len(x), inputs=padded, arena=Arena(), word=kind.word, in_lines=kind.in_lines
    )
    nothing, shifts = np.zeros((len(x), padded), np.float32), np.zeros(len(x), np.float32)
    board = new_board(1, 2, panels.weights.shape[1])
    inputs = packed_rows(x, kind)
    crew_multiplies(board, panels, inputs, shifts, ACTIVATE, nothing, nothing, packed)
    assert not nothing.any()
    return packed


@pytest.mark.parametrize("kind", KINDS)
def test_sums_are_added_to_what_was_there(kind: PanelKind) -> None:
    x, weight, before = random(19, 40, seed=1), random(50, 40, seed=2), random(19, 50, seed=3)
    assert torch.equal(
        linear(kind, weight, None, x, before), before + linear(kind, weight, None, x)
    )


@needs_fp16
@pytest.mark.parametrize("rows", [1, MOST_ROWS, MOST_ROWS + 1])
@pytest.mark.parametrize("inputs", [1, 2 * CHAIN, 2 * CHAIN + 3, 2 * MOST_INPUTS + 70])
def test_sums_in_fp16_are_those_of_short_chains(rows: int, inputs: int) -> None:
    x, weight, bias = random(rows, inputs, seed=1), random(40, inputs, seed=2), random(40, seed=3)
    told = linear(FP16, weight, bias, x)
    np.testing.assert_array_equal(told.numpy(), by_chains(x, weight, bias))


def by_chains(x: Tensor, weight: Tensor, bias: Tensor) -> NDArray[np.float32]:
    """As the tiles do it, product by product, each step exact before it is rounded once."""
    padding = -x.shape[1] % WIDTH
    factors, weights = (F.pad(each, (0, padding)).half().double().numpy() for each in (x, weight))
    words = factors.shape[1] // 2
    pieces = -(-words // MOST_INPUTS)
    size = -(-words // pieces)
    result = np.tile(bias.numpy(), (len(x), 1))
    for piece in range(0, words, size):
        sums = np.zeros((2, *result.shape), np.float32)
        for start in range(piece, min(words, piece + size), CHAIN):
            end = min(words, piece + size, start + CHAIN)
            for of_pair in range(2):
                chain = np.zeros(result.shape, np.float16)
                for word in range(start, end):
                    at = 2 * word + of_pair
                    products = np.outer(factors[:, at], weights[:, at])
                    chain = (chain.astype(np.float64) + products).astype(np.float16)
                sums[of_pair] += chain
        result += sums[0] + sums[1]
    return result


@pytest.mark.parametrize("kind", IN_PAIRS)
@pytest.mark.parametrize("outputs", [3, WIDTH, 2 * WIDTH + 1])
@pytest.mark.parametrize("rows", [1, MOST_ROWS + 3, BLOCK_TILES * MOST_ROWS + 2])
def test_gelu_feeds_the_next_layer_in_pairs(kind: PanelKind, rows: int, outputs: int) -> None:
    half = torch.float16 if kind is FP16 else torch.bfloat16
    x, weight = random(rows, 6, seed=1), random(outputs, 6, seed=2)
    wanted = F.gelu(linear(kind, weight, None, x).double(), approximate="tanh")
    told = torch.from_numpy(activated(kind, weight, x)).view(half)
    expected = torch.from_numpy(packed_rows(wanted.float(), kind)).view(half)
    rounding = torch.finfo(half).eps
    torch.testing.assert_close(told.float(), expected.float(), rtol=rounding, atol=1e-6)


@needs_fp16
def test_what_fp16_cannot_hold_ends_as_no_number() -> None:
    """Be it a row's own, or a sum of a few products in range."""
    x, weight = torch.full((2, 64), 60.0), torch.full((3, 64), 60.0)
    x[0] = 1.0
    assert linear(FP16, weight, None, x).isfinite().all(1).tolist() == [True, False]
    x[1] = 0.0
    x[1, 3] = 65520.0
    assert linear(FP16, weight, None, x).isfinite().all(1).tolist() == [True, False]


def test_weights_beyond_fp16_are_refused() -> None:
    with pytest.raises(BeyondFp16Error, match="bfloat16"):
        lay_out([(torch.full((3, 4), 65520.0), None)], FP16)


@pytest.mark.parametrize("kind", PAIRS_IN_BF16)
def test_rows_are_rounded_as_torch_does(kind: PanelKind) -> None:
    x, weight = random(7, 50, seed=1), random(WIDTH, 50, seed=2)
    told = linear(kind, weight, None, x)
    assert torch.equal(told, linear(kind, weight, None, x.bfloat16().float()))
    x[3, 5] = torch.nan
    assert linear(kind, weight, None, x).isnan().all(1).tolist() == [row == 3 for row in range(7)]


@needs_amx
@pytest.mark.parametrize("rows", [1, MOST_LINES, MOST_LINES + 1, BLOCK_TILES * MOST_ROWS + 2])
@pytest.mark.parametrize("inputs", [3, 64, 96, 4 * MOST_INPUTS + 7])
def test_amx_multiplies_bytes_to_the_same_bits(rows: int, inputs: int) -> None:
    x, weight, bias = random(rows, inputs, seed=1), random(50, inputs, seed=2), random(50, seed=3)
    by_amx, by_words = (linear(kind, weight, bias, x) for kind in (BYTES_BY_AMX, BYTES))
    assert torch.equal(by_amx, by_words)


def test_weights_that_bf16_holds_are_multiplied_to_the_same_bits() -> None:
    x, weight = random(9, 50, seed=1), random(2 * WIDTH, 50, seed=2).bfloat16().float()
    with_a_longer_one = torch.cat([weight, random(1, 50, seed=3)])
    assert lay_out([(weight, None)], WHOLE).weights.dtype == np.uint32
    assert lay_out([(with_a_longer_one, None)], WHOLE).weights.dtype == np.float32
    told = linear(WHOLE, with_a_longer_one, None, x)
    assert torch.equal(linear(WHOLE, weight, None, x), told[:, :-1])
    assert torch.equal(
        linear(ROUNDED, with_a_longer_one, None, x),
        linear(WHOLE, with_a_longer_one.bfloat16().float(), None, x),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_threads_change_no_bit(threads: None, kind: PanelKind) -> None:
    x, weight = random(17, 96, seed=1), random(500, 96, seed=2)
    told = []
    for count in range(1, numba.get_num_threads() + 1):
        numba.set_num_threads(count)
        told.append(linear(kind, weight, None, x))
    assert all(torch.equal(each, told[0]) for each in told)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("inputs", "outputs"), [(768, 2304), (3072, 768), (64, 192)])
def test_a_row_has_the_same_bits_beside_any_others(
    kind: PanelKind, inputs: int, outputs: int
) -> None:
    weight, x = random(outputs, inputs, seed=1), random(300, inputs, seed=2)
    alone = torch.cat([linear(kind, weight, None, row) for row in x[:40, None]])
    for count in (2, 3, 7, 8, 9, 15, 16, 17, 64, 65, 299):
        together = linear(kind, weight, None, x[:count])[:40]
        assert torch.equal(together, alone[:count]), count
