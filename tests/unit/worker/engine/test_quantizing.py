"""Linear layers in whole numbers of a byte: exact in what they add, bounded in what they round."""

import platform
from typing import Any

import llvmlite.binding
import numba
import numpy as np
import pytest
import torch
from llvmlite import ir
from numba import prange

from services.worker.engine import packing
from services.worker.engine.compiling import compiled
from services.worker.engine.crew import new_board
from services.worker.engine.feeding import complete, place_in, put_part
from services.worker.engine.memory import Arena
from services.worker.engine.panels import BYTES
from services.worker.engine.processor import CAN_DOT, CAN_FUSE, MOST_BYTES, MOST_ROWS, WIDTH
from services.worker.engine.products import BLOCK_TILES
from services.worker.engine.quantizing import new_rows
from services.worker.engine.tiles import multiply_tile
from services.worker.engine.word_loop import DOT
from tests.unit.worker.engine.layers import linear, packed_rows, random

pytestmark = pytest.mark.skipif(not CAN_FUSE, reason="no fused multiply-add on this processor")
MOST_INPUTS = MOST_BYTES // (4 * WIDTH)
"""Of a tile: words of four inputs."""


@compiled(parallel=True)
def crew_puts_parts(board: Any, rows: Any, packed: Any) -> None:
    for row in range(len(rows)):
        for first in range(0, rows.shape[1], WIDTH):
            place = place_in(packed, row, len(rows))
            put_part(rows[row, first : first + WIDTH], packed, place, first)
    for member in prange(board.members.shape[1]):
        complete((board, member), 0, packed)


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
    x, weight = torch.full((3, BYTES.multiple), value), random(5, BYTES.multiple, seed=1)
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
    rows = random(2 * MOST_ROWS + 3, 2 * BYTES.multiple, seed=1).numpy()
    whole = packed_rows(torch.from_numpy(rows), BYTES)
    parts = new_rows(rows=len(rows), inputs=rows.shape[1], arena=Arena(), in_parts=True)
    crew_puts_parts(new_board(1, 2, len(rows)), rows, parts)
    np.testing.assert_array_equal(parts.packed, whole.packed)
    np.testing.assert_array_equal(parts.ranges, whole.ranges)


@pytest.mark.parametrize("most_at_once", [1, MOST_ROWS])
@pytest.mark.parametrize("in_hardware", [True, False])
def test_bytes_are_multiplied_the_same_without_an_instruction_for_it(
    monkeypatch: pytest.MonkeyPatch, in_hardware: bool, most_at_once: int
) -> None:
    if in_hardware and not CAN_DOT:
        pytest.skip("no products of bytes on this processor")
    monkeypatch.setattr("services.worker.engine.word_loop.CAN_DOT", in_hardware)
    monkeypatch.setattr("services.worker.engine.word_loop._MOST_AT_ONCE", most_at_once)
    rows = MOST_ROWS

    @numba.njit
    def multiply_bytes(x: Any, weights: Any, sums: Any) -> None:
        multiply_tile(rows, len(weights), x, 0, weights, 0, 0, 0, sums, 0, WIDTH)

    generator = np.random.default_rng(1)
    x = generator.integers(0, 256, (20, rows, 4), np.uint8)
    weights = generator.integers(-128, 128, (20, WIDTH, 4), np.int8)
    sums = generator.integers(-1000, 1000, (rows, WIDTH), np.int32)
    wanted = sums + np.einsum("irb,iob->ro", x.astype(int), weights.astype(int))
    words = x.view(np.int32)[..., 0]
    if not in_hardware:
        shorts = x.astype(np.int16).reshape(20, rows, 2, 2)
        words = shorts.transpose(0, 3, 1, 2).copy().view(np.int32)
    multiply_bytes(words.ravel(), weights.view(np.int32)[..., 0], sums)
    np.testing.assert_array_equal(sums, wanted)


@pytest.mark.parametrize(
    ("words", "wanted"), [(1, [[1, 2, 3, 254]]), (2, [[1, 0, 3, 0], [2, 0, 254, 0]])]
)
def test_four_bytes_are_put_as_the_tiles_read_them(
    monkeypatch: pytest.MonkeyPatch, words: int, wanted: list[list[int]]
) -> None:
    monkeypatch.setattr(packing, "WORDS_OF_FOUR", words)
    monkeypatch.setattr(packing, "word_at", lambda levels, at: levels.view(np.int32)[at // 4])
    levels = np.array([9, 9, 9, 9, 1, 2, 3, 254], np.uint8)
    packed = np.zeros(1 + 2 * 2 * words, np.int32)
    put_four: Any = packing.put_four
    put_four.py_func(levels, 1, packed, 1, 2)
    assert packed[1 + 2 * words :: 2].copy().view(np.uint8).reshape(-1, 4).tolist() == wanted
    assert np.count_nonzero(packed) == words


@pytest.mark.skipif(
    platform.machine() != "x86_64", reason="llvmlite assembles for its own processor alone"
)
@pytest.mark.parametrize(
    ("processor", "lanes", "prefix"), [("alderlake", 8, "c4e2"), ("icelake-server", 16, "62f2")]
)
def test_products_of_bytes_are_encoded_as_their_processors_read_them(
    processor: str, lanes: int, prefix: str
) -> None:
    """AVX-VNNI's by VEX, AVX-512's by EVEX; neither reads the other's."""
    llvmlite.binding.initialize_native_asmparser()
    kind = ir.VectorType(ir.IntType(32), lanes)
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(kind, [kind] * 3), "add_four")
    builder = ir.IRBuilder(function.append_basic_block())
    text = f"{DOT[lanes]} $3, $2, $0"
    builder.ret(builder.asm(function.ftype, text, "=v,0,v,v", function.args, side_effect=False))
    target = llvmlite.binding.Target.from_default_triple()
    machine = target.create_target_machine(cpu=processor)
    made = machine.emit_object(llvmlite.binding.parse_assembly(str(module)))
    assert bytes.fromhex(prefix) in made
