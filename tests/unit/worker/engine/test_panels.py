"""Linear layers of our own: right at the edges, and the same bits on any number of threads."""

from collections.abc import Iterator

import numba
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from services.worker.engine.linear import Linear, PackedLinear, PlainLinear
from services.worker.engine.panels import PairPanelLinear, PanelLinear, RoundedPanelLinear
from services.worker.engine.tiles import CAN_FUSE, CAN_PAIR, MOST_BYTES, MOST_ROWS, WIDTH

pytestmark = pytest.mark.skipif(not CAN_FUSE, reason="no fused multiply-add on this processor")
KINDS = [PanelLinear, *([PairPanelLinear] if CAN_PAIR else [])]
MOST_INPUTS = MOST_BYTES // (4 * WIDTH)
"""Of a tile, in fp32 or in pairs."""


@pytest.fixture
def threads() -> Iterator[None]:
    before = numba.get_num_threads()
    yield
    numba.set_num_threads(before)


def random(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("outputs", [1, WIDTH - 1, WIDTH, WIDTH + 1, 3 * WIDTH + 5])
@pytest.mark.parametrize("rows", [1, MOST_ROWS - 1, MOST_ROWS, MOST_ROWS + 1, 3 * MOST_ROWS + 2])
@pytest.mark.parametrize("inputs", [1, 3, MOST_INPUTS, 4 * MOST_INPUTS + 7])
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_linear_layer(
    kind: type[PanelLinear], rows: int, inputs: int, outputs: int
) -> None:
    x, weight = random(rows, inputs, seed=1), random(outputs, inputs, seed=2)
    if kind.rounds:
        x, weight = x.bfloat16().float(), weight.bfloat16().float()
    for bias in (None, random(outputs, seed=3)):
        told = kind(weight, bias)(x)
        wanted = F.linear(x.double(), weight.double(), None if bias is None else bias.double())
        atol = 1e-5 * max(1, inputs / 100)  # each of the sums is rounded
        torch.testing.assert_close(told.double(), wanted, rtol=1e-5, atol=atol)


@pytest.mark.parametrize("outputs", [3, WIDTH, 2 * WIDTH + 1])
@pytest.mark.parametrize("linear", [PanelLinear, PackedLinear, PlainLinear])
def test_gelu_follows(linear: type[Linear], outputs: int) -> None:
    """Of sums from hardly anything to far beyond where it is all or nothing."""
    x = random(12, 1, seed=1) * torch.logspace(-6, 5, 12)[:, None]
    weight = random(outputs, 1, seed=2)
    told = linear(weight, None, with_gelu=True)(x)
    wanted = F.gelu(x.double() @ weight.double().T, approximate="tanh")
    torch.testing.assert_close(told.double(), wanted, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_may_lie_apart_in_memory(kind: type[PanelLinear]) -> None:
    wide, weight = random(5, 40, seed=1), random(20, 16, seed=2)
    linear = kind(weight, None)
    assert torch.equal(linear(wide[:, 8:24]), linear(wide[:, 8:24].clone()))


@pytest.mark.skipif(not CAN_PAIR, reason="no products of bf16 on this processor")
def test_rows_are_rounded_as_torch_does() -> None:
    x, weight = random(7, 50, seed=1), random(WIDTH, 50, seed=2)
    linear = PairPanelLinear(weight, None)
    assert torch.equal(linear(x), linear(x.bfloat16().float()))
    x[3, 5] = torch.nan
    assert linear(x).isnan().all(1).tolist() == [row == 3 for row in range(7)]


def test_weights_that_bf16_holds_are_multiplied_to_the_same_bits() -> None:
    x, weight = random(9, 50, seed=1), random(2 * WIDTH, 50, seed=2).bfloat16().float()
    with_a_longer_one = torch.cat([weight, random(1, 50, seed=3)])
    told = PanelLinear(with_a_longer_one, None)(x)
    assert torch.equal(PanelLinear(weight, None)(x), told[:, :-1])
    assert torch.equal(
        RoundedPanelLinear(with_a_longer_one, None)(x),
        PanelLinear(with_a_longer_one.bfloat16().float(), None)(x),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_threads_change_no_bit(threads: None, kind: type[PanelLinear]) -> None:
    x, linear = random(17, 96, seed=1), kind(random(500, 96, seed=2), None)
    told = []
    for count in range(1, numba.get_num_threads() + 1):
        numba.set_num_threads(count)
        told.append(linear(x))
    assert all(torch.equal(each, told[0]) for each in told)
