"""Linear layers of our own: right at the edges, and the same bits on any number of threads."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numba
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numba import prange
from torch import Tensor

from services.worker.engine import tiles
from services.worker.engine.compiling import compiled
from services.worker.engine.crew import new_board
from services.worker.engine.feeding import complete, put_part, put_row
from services.worker.engine.packing import new_packed
from services.worker.engine.panels import BYTES, PAIRS, ROUNDED, WHOLE, PanelKind, lay_out
from services.worker.engine.products import ACTIVATE, ADD, BLOCK_TILES, STORE, multiply
from services.worker.engine.quantizing import new_rows
from services.worker.engine.tiles import CAN_FUSE, CAN_PAIR, MOST_BYTES, MOST_ROWS, WIDTH

pytestmark = pytest.mark.skipif(not CAN_FUSE, reason="no fused multiply-add on this processor")
FLOATS = [WHOLE, ROUNDED, *([PAIRS] if CAN_PAIR else [])]
KINDS = [*FLOATS, BYTES]
MOST_INPUTS = MOST_BYTES // (4 * WIDTH)
"""Of a tile, in fp32 or in pairs."""


@compiled()
def pack_all(rows: Any, packed: Any) -> None:
    for row in range(len(rows)):
        put_row(rows[row], packed, row, len(rows))


@compiled(parallel=True)
def crew_puts_parts(board: Any, rows: Any, packed: Any) -> None:
    for row in range(len(rows)):
        for first in range(0, rows.shape[1], WIDTH):
            put_part(rows[row, first : first + WIDTH], packed, row, len(rows), first)
    for member in prange(board.members.shape[1]):
        complete((board, member), 0, packed)


@compiled(parallel=True)
def crew_multiplies(
    board: Any,
    panels: Any,
    inputs: Any,
    shifts: Any,
    fate: Any,
    before: Any,
    result: Any,
    packed: Any,
) -> None:
    for member in prange(board.members.shape[1]):
        multiply((board, member), 0, panels, 0, inputs, shifts, fate, before, result, packed)


def packed_rows(x: Tensor, kind: PanelKind) -> Any:
    rows = F.pad(x, (0, -x.shape[1] % WIDTH)).numpy()
    new: Any = new_rows if kind.quantized else partial(new_packed, in_pairs=kind.in_pairs)
    packed = new(rows=len(rows), inputs=rows.shape[1])
    pack_all(rows, packed)
    return packed


def linear(
    kind: PanelKind, weight: Tensor, bias: Tensor | None, x: Tensor, before: Tensor | None = None
) -> Tensor:
    """The layer's outputs; added to what was there before, if anything was."""
    panels = lay_out([(weight, bias)], kind)
    result = np.zeros((len(x), panels.bias.shape[1]), np.float32)
    added = np.zeros_like(result)
    if before is not None:
        added[:, : len(weight)] = before.numpy()
    fate = STORE if before is None else ADD
    packed, shifts = packed_rows(x, kind), np.zeros(len(x), np.float32)
    board = new_board(1, numba.get_num_threads(), panels.weights.shape[1])
    crew_multiplies(board, panels, packed, shifts, fate, added, result, packed)
    return torch.from_numpy(result[:, : len(weight)])


@pytest.fixture
def threads() -> Iterator[None]:
    before = numba.get_num_threads()
    yield
    numba.set_num_threads(before)


def random(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


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
    if kind.in_pairs:
        x = x.bfloat16().float()
    for bias in (None, random(outputs, seed=3)):
        told = linear(kind, weight, bias, x)
        wanted = F.linear(x.double(), weight.double(), None if bias is None else bias.double())
        atol = 1e-5 * max(1, inputs / 100)  # each of the sums is rounded
        torch.testing.assert_close(told.double(), wanted, rtol=1e-5, atol=atol)


@pytest.mark.parametrize("rows", [1, MOST_ROWS + 1, BLOCK_TILES * MOST_ROWS + 2])
@pytest.mark.parametrize("inputs", [3, 4 * MOST_INPUTS + 7])
def test_whole_numbers_of_a_byte_are_multiplied_exactly(rows: int, inputs: int) -> None:
    """Of rows from 0 to 255 and weights up to 127 all are; only the sum in fp32 is rounded."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randint(0, 256, (rows, inputs), generator=generator).float()
    weight = torch.randint(-127, 128, (WIDTH + 3, inputs), generator=generator).float()
    x[:, 0], x[:, 1], weight[:, 2] = 0, 255, -127
    bias = random(len(weight), seed=3)
    wanted = x.double() @ weight.double().T + bias
    torch.testing.assert_close(linear(BYTES, weight, bias, x).double(), wanted, rtol=3e-7, atol=0)


def test_rounding_to_bytes_costs_at_most_half_a_step_of_each_number() -> None:
    x, weight = random(40, 300, seed=1) + random(40, 1, seed=2), random(70, 300, seed=3)
    steps = (x.clamp(min=0).amax(1) - x.clamp(max=0).amin(1)) / 255  # of rows filled up with zeros
    scales = weight.abs().amax(1) / 127
    error = (linear(BYTES, weight, None, x) - x @ weight.T).abs()
    of_rows, of_weights = steps[:, None] * weight.abs().sum(1), scales * x.abs().sum(1)[:, None]
    both = 300 * steps[:, None] * scales
    assert (error <= (of_rows + of_weights + both) / 2 + 1e-4).all()
    assert error.mean() < 0.02 * (x @ weight.T).std()


@pytest.mark.parametrize("value", [0.0, -2.5, 1e-38])
def test_rows_of_one_number_can_be_rounded_to_bytes(value: float) -> None:
    x, weight = torch.full((3, WIDTH), value), random(5, WIDTH, seed=1)
    wanted = x.double() @ weight.double().T
    torch.testing.assert_close(linear(BYTES, weight, None, x).double(), wanted, rtol=0.1, atol=0.1)


@pytest.mark.parametrize("wrong", [torch.nan, torch.inf, -torch.inf])
def test_a_row_of_bytes_that_is_no_number_stays_none(wrong: float) -> None:
    x, weight = random(7, 50, seed=1), random(WIDTH, 50, seed=2)
    x[3, 5] = wrong
    told = linear(BYTES, weight, None, x)
    assert told.isfinite().all(1).tolist() == [row != 3 for row in range(7)]
    assert not told[3].isfinite().any()


def test_rows_that_come_in_parts_are_rounded_as_whole_ones() -> None:
    rows = random(2 * MOST_ROWS + 3, 3 * WIDTH, seed=1).numpy()
    whole = packed_rows(torch.from_numpy(rows), BYTES)
    parts = new_rows(rows=len(rows), inputs=rows.shape[1], in_parts=True)
    crew_puts_parts(new_board(1, 2, len(rows)), rows, parts)
    np.testing.assert_array_equal(parts.packed, whole.packed)
    np.testing.assert_array_equal(parts.ranges, whole.ranges)


@pytest.mark.parametrize("in_hardware", [True, False])
def test_bytes_are_multiplied_the_same_without_an_instruction_for_it(
    monkeypatch: pytest.MonkeyPatch, in_hardware: bool
) -> None:
    if in_hardware and not tiles.CAN_DOT:
        pytest.skip("no products of bytes on this processor")
    monkeypatch.setattr(tiles, "CAN_DOT", in_hardware)

    @numba.njit
    def multiply_bytes(x: Any, weights: Any, sums: Any) -> None:
        tiles.multiply_tile(3, len(weights), x, 0, weights, 0, 0, 0, sums, 0, WIDTH)

    generator = np.random.default_rng(1)
    x = generator.integers(0, 256, (20, 3, 4), np.uint8)
    weights = generator.integers(-128, 128, (20, WIDTH, 4), np.int8)
    sums = generator.integers(-1000, 1000, (3, WIDTH), np.int32)
    wanted = sums + np.einsum("irb,iob->ro", x.astype(int), weights.astype(int))
    multiply_bytes(x.view(np.int32)[..., 0].ravel(), weights.view(np.int32)[..., 0], sums)
    np.testing.assert_array_equal(sums, wanted)


@pytest.mark.parametrize("outputs", [3, WIDTH, 2 * WIDTH + 1])
def test_gelu_follows_and_feeds_the_next_layer(outputs: int) -> None:
    """Of sums from hardly anything to far beyond where it is all or nothing."""
    x = random(12, 1, seed=1) * torch.logspace(-6, 5, 12)[:, None]
    weight = random(outputs, 1, seed=2)
    panels = lay_out([(weight, None)], WHOLE)
    padded = panels.bias.shape[1]
    packed: Any = new_packed(rows=12, inputs=padded, in_pairs=False)
    nothing = np.zeros((12, padded), np.float32)
    shifts = np.zeros(12, np.float32)
    inputs = packed_rows(x, WHOLE)
    board = new_board(1, 2, panels.weights.shape[1])
    crew_multiplies(board, panels, inputs, shifts, ACTIVATE, nothing, nothing, packed)
    wanted = F.gelu(x.double() @ weight.double().T, approximate="tanh")
    expected = packed_rows(wanted.float(), WHOLE)
    np.testing.assert_allclose(packed, expected, rtol=2e-5, atol=1e-6)
    assert not nothing.any()


@pytest.mark.parametrize("kind", KINDS)
def test_sums_are_added_to_what_was_there(kind: PanelKind) -> None:
    x, weight, before = random(19, 40, seed=1), random(50, 40, seed=2), random(19, 50, seed=3)
    assert torch.equal(
        linear(kind, weight, None, x, before), before + linear(kind, weight, None, x)
    )


@pytest.mark.skipif(not CAN_PAIR, reason="no products of bf16 on this processor")
def test_rows_are_rounded_as_torch_does() -> None:
    x, weight = random(7, 50, seed=1), random(WIDTH, 50, seed=2)
    told = linear(PAIRS, weight, None, x)
    assert torch.equal(told, linear(PAIRS, weight, None, x.bfloat16().float()))
    x[3, 5] = torch.nan
    assert linear(PAIRS, weight, None, x).isnan().all(1).tolist() == [row == 3 for row in range(7)]


def test_weights_that_bf16_holds_are_multiplied_to_the_same_bits() -> None:
    x, weight = random(9, 50, seed=1), random(2 * WIDTH, 50, seed=2).bfloat16().float()
    with_a_longer_one = torch.cat([weight, random(1, 50, seed=3)])
    assert lay_out([(weight, None)], WHOLE).weights.dtype == np.uint16
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
