"""Compiled attention: what torch computes, and the same bits however the work is cut."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
import torch
from torch import Tensor

from services.worker.engine import kernels
from services.worker.engine.attention import Attention, Spans, TorchAttention
from services.worker.engine.checkpoint import load_checkpoint
from services.worker.engine.compiling import compiled
from services.worker.engine.keeping import BYTE_FOURS, Kept
from services.worker.engine.packing import BF16_PAIRS, IN_FP32
from services.worker.engine.processor import LANES
from services.worker.engine.processor import WIDTH as BLOCK
from services.worker.engine.ragged import RaggedAttention
from services.worker.engine.strip_loop import MOST_STRIPS
from services.worker.engine.torch_model import TorchModel

LAYERS, SLOTS, HEADS, HEAD_DIM, CONTEXT = 2, 4, 3, 16, 100
WIDTH = HEADS * HEAD_DIM
LENGTHS = (1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 19)


SIZES: dict[str, Any] = {
    "layers": LAYERS,
    "slots": SLOTS,
    "heads": HEADS,
    "head_dim": HEAD_DIM,
    "context": CONTEXT,
}
MAKERS: dict[str, Callable[[], Attention]] = {
    "ragged": partial(RaggedAttention, **SIZES),
    "ragged-bf16": partial(RaggedAttention, **SIZES, kept=BF16_PAIRS),
    "ragged-bytes": partial(RaggedAttention, **SIZES, kept=BYTE_FOURS),
    "torch": partial(TorchAttention, **SIZES),
}
EXACT = ["ragged", "ragged-bf16"]
RAGGED = [*EXACT, "ragged-bytes"]


def make(kind: str) -> Attention:
    return MAKERS[kind]()


def spans(*chunks: tuple[int, int, int]) -> Spans:
    """Of chunks given as (slot, start, rows), one behind the other."""
    slots, starts, counts = (np.array(column) for column in zip(*chunks, strict=True))
    return Spans(slots, starts, counts.cumsum() - counts, counts)


def projected(rows: int, *, seed: int = 0, spread: float = 1.0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return spread * torch.randn(rows, 3 * WIDTH, generator=generator)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("spread", [0.0, 1.0, 6.0])
@pytest.mark.parametrize("kind", EXACT)
def test_it_is_what_torch_computes(length: int, spread: float, kind: str) -> None:
    """With a spread of 6 one weight is about 1 and the others are nearly, or quite, nothing."""
    rows = projected(length + 2, spread=spread)
    if kind == "ragged-bf16":
        rows = rows.bfloat16().float()
    where = spans((2, 0, length), (1, 0, 2))
    fast, plain = (make(each).mix(1, rows, where) for each in (kind, "torch"))
    torch.testing.assert_close(fast, plain, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("head_dim", [5, LANES, 3 * LANES, 9 * LANES])
@pytest.mark.parametrize("kept", [IN_FP32, BF16_PAIRS, BYTE_FOURS])
def test_heads_and_stories_may_be_longer_than_a_row_goes_through_at_once(
    head_dim: int, *, kept: Kept
) -> None:
    length = (MOST_STRIPS + 2) * LANES + 3
    sizes = SIZES | {"head_dim": head_dim, "context": length}
    generator = torch.Generator().manual_seed(3)
    rows = torch.randn(length, 3 * HEADS * head_dim, generator=generator).bfloat16().float()
    fast, again = (RaggedAttention(**sizes, kept=kept) for _ in range(2))
    whole = fast.mix(1, rows, spans((2, 0, length)))
    plain = TorchAttention(**sizes).mix(1, rows, spans((2, 0, length)))
    near = 0.04 if kept is BYTE_FOURS else 1e-4
    torch.testing.assert_close(whole, plain, rtol=near, atol=near)
    one_by_one = [again.mix(1, rows[row : row + 1], spans((0, row, 1))) for row in range(length)]
    assert torch.equal(torch.cat(one_by_one), whole)


@pytest.mark.parametrize("start", [0, 1, 6, 7])
@pytest.mark.parametrize("count", [1, 2, 40])
@pytest.mark.parametrize("kind", RAGGED)
def test_what_stood_in_a_slot_is_not_read(kind: str, start: int, count: int) -> None:
    clean, used = make(kind), make(kind)
    for kept in used.states():
        kept.fill_(torch.nan if kept.is_floating_point() else -1)
    rows = projected(start + count, seed=6)
    for attention in (clean, used):
        for row in range(start):
            attention.mix(0, rows[row : row + 1], spans((1, row, 1)))
    where = spans((1, start, count))
    expected, mixed = (each.mix(0, rows[start:], where) for each in (clean, used))
    assert torch.equal(mixed, expected)


@pytest.mark.parametrize("kind", RAGGED)
def test_equal_scores_are_weighed_alike(kind: str) -> None:
    rows = torch.zeros(20, 3 * WIDTH)
    rows[:, 2 * WIDTH :] = torch.arange(20.0)[:, None]
    mixed = make(kind).mix(0, rows, spans((0, 0, 20)))
    near = 0.05 if kind == "ragged-bytes" else 1e-6
    assert mixed[:, 0].tolist() == pytest.approx([row / 2 for row in range(20)], abs=near)


def test_keys_and_values_in_bytes_are_as_near_as_their_steps() -> None:
    """A value is off by half a 127th of its row's greatest, a weight by half a 255th of theirs."""
    rows = projected(1)
    mixed = make("ragged-bytes").mix(0, rows, spans((0, 0, 1)))  # of one weight, which is 1
    for head in range(HEADS):
        own = slice(head * HEAD_DIM, (head + 1) * HEAD_DIM)
        value = rows[0, 2 * WIDTH :][own]
        wrong = (mixed[0, own] - value).abs().max()
        assert 0 < wrong <= value.abs().max() / 127 * 0.501


@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("kind", RAGGED)
def test_what_is_no_number_stays_none(kind: str, part: int) -> None:
    """In a query, a key or a value; and no other head's."""
    attention, rows = make(kind), projected(9)
    rows[8, part * WIDTH + 3] = torch.nan
    attention.mix(0, rows[:8], spans((0, 0, 8)))
    mixed = attention.mix(0, rows[8:], spans((0, 8, 1)))[0]
    assert mixed[:HEAD_DIM].isnan().any()
    assert not mixed[HEAD_DIM:].isnan().any()


@pytest.mark.parametrize("cut", [(83,), (1,) * 83, (40, 43), (BLOCK, 1, 66)])
@pytest.mark.parametrize("kind", RAGGED)
def test_row_has_the_same_bits_however_its_prompt_is_cut(cut: Sequence[int], kind: str) -> None:
    rows = projected(83)
    whole = make(kind)
    expected = whole.mix(0, rows, spans((0, 0, 83)))
    parts = make(kind)
    start = 0
    for count in cut:
        neighbours = projected(3, seed=start + 1)
        own = rows[start : start + count]
        mixed = parts.mix(0, torch.cat([neighbours, own]), spans((3, 5, 3), (1, start, count)))
        assert torch.equal(mixed[3:], expected[start : start + count])
        start += count
    for one, other in zip(whole.states(), parts.states(), strict=True):
        assert torch.equal(one[0], other[1])


def test_number_of_threads_changes_no_bit() -> None:
    rows, where = projected(60), spans((0, 0, 50), (1, 0, 10))
    expected = make("ragged").mix(0, rows, where)
    attention = make("ragged")
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        assert torch.equal(attention.mix(0, rows, where), expected)
    finally:
        numba.set_num_threads(before)


@pytest.mark.parametrize("count", [1, BLOCK - 1, BLOCK, BLOCK + 1, 82])
@pytest.mark.parametrize("kind", MAKERS)
def test_a_slot_goes_on_behind_what_it_was_given_of_another(kind: str, count: int) -> None:
    attention, rows = make(kind), projected(83, seed=4)
    attention.mix(0, projected(83, seed=5), spans((1, 0, 83)))  # what stood there before
    expected = [attention.mix(layer, rows, spans((3, 0, 83))) for layer in range(LAYERS)]
    attention.copy(3, 1, count)
    for layer in range(LAYERS):
        own = attention.mix(layer, rows[count:], spans((1, count, 83 - count)))
        assert torch.equal(own, expected[layer][count:])


@pytest.mark.parametrize("kind", MAKERS)
def test_padding_stays_nothing_and_other_layers_and_slots_untouched(kind: str) -> None:
    attention = make(kind)
    mixed = attention.mix(1, projected(4), spans((2, 0, 3)))
    assert mixed.shape == (4, WIDTH)
    assert not mixed[3].any()
    touched = [[bool(slot.any()) for slot in state] for state in attention.states()]
    here = [slot == 2 for slot in range(SLOTS)]
    nowhere = [False] * SLOTS
    assert touched == [nowhere, here, nowhere, here]


def test_it_keeps_keys_and_values_as_torch_rounds_them() -> None:
    attention = make("ragged-bf16")
    rows = projected(CONTEXT)
    middle = 1 + 2.0**-8  # between two numbers of bf16
    rows[0, 2 * WIDTH : 2 * WIDTH + 6] = torch.tensor(
        [middle, -middle, middle + 2.0**-7, torch.inf, torch.nan, 3.4e38]
    )
    attention.mix(0, rows, spans((0, 0, CONTEXT)))
    blocks = attention.states()[LAYERS][0]  # [blocks, heads, strips, words, twos of a strip]
    pairs = blocks.reshape(*blocks.shape[:-1], -1, 2).permute(0, 3, 5, 1, 2, 4)
    values = pairs.flatten(0, 2)[:CONTEXT].flatten(2)[..., :HEAD_DIM].flatten(1)
    torch.testing.assert_close(
        values, rows[:, 2 * WIDTH :].bfloat16(), rtol=0, atol=0, equal_nan=True
    )


def test_what_cannot_be_compiled_is_left_to_torch(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kernels.choose_attention(torch.float32) is not TorchAttention
    monkeypatch.setattr(kernels, "CAN_FUSE", False)
    assert kernels.choose_attention(torch.float32) is TorchAttention
    assert isinstance(kernels.make_model(load_checkpoint(str(tiny_model)), "auto"), TorchModel)


def test_it_compiles_where_nothing_can_be_kept() -> None:
    """As in an image whose files are read-only: numba refuses what it has no folder for."""
    unfiled: dict[str, Any] = {}
    exec("def twice(x):\n    return 2 * x", unfiled)
    with pytest.raises(RuntimeError, match="cannot cache"):
        numba.njit(unfiled["twice"], cache=True)
    assert compiled()(unfiled["twice"])(21) == 42
