"""Linear layers at GPT-2's widths: a row's bits do not depend on how many rows there are."""

import pytest
import torch

from services.worker.engine.kernels import choose_linear
from services.worker.engine.linear import Linear, PlainLinear

COUNTS = [*range(1, 36), 62, 64, 66, 100, 128, 256, 300, 510, 512, 528]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("plain", [False, True], ids=["chosen", "plain"])
@pytest.mark.parametrize(("inputs", "outputs"), [(768, 2304), (768, 768), (3072, 768), (64, 192)])
def test_rows_are_exact(inputs: int, outputs: int, plain: bool, dtype: torch.dtype) -> None:
    kind: type[Linear] = PlainLinear if plain else choose_linear(dtype)
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(outputs, inputs, generator=generator).to(dtype)
    linear = kind(weight, torch.randn(outputs, generator=generator).to(dtype))
    rows = torch.randn(max(COUNTS), inputs, generator=generator).to(dtype)
    parts = rows.view(-1, linear.row_multiple, inputs)
    reference = torch.cat([linear(part) for part in parts])
    for count in COUNTS:
        if count % linear.row_multiple == 0:
            assert torch.equal(linear(rows[:count]), reference[:count]), count
            elsewhere = slice(len(rows) - count, None)  # other rows, hence others before a row
            assert torch.equal(linear(rows[elsewhere].flip(0)), reference[elsewhere].flip(0)), count
