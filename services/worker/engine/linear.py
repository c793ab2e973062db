"""torch's linear layers whose rows do not depend on how many other rows are computed with them.

The packed kernel is private API of torch, hence pinned and used in this file alone.
"""

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from services.worker.engine.dtypes import bf16_instructions


class Linear(Protocol):
    """y = x Wᵀ + b for x [rows, in]; exact per row if rows is a multiple of `row_multiple`."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        """`weight` is [out, in]."""

    row_multiple: int
    library: str
    """Whose arithmetic it is: part of the numeric kind."""

    def __call__(self, rows: Tensor) -> Tensor: ...


class PackedLinear:
    """oneDNN with weights laid out once. Bit-identical rows for every count but one row alone."""

    row_multiple = 2
    library = "onednn"

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self._weight = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous())
        self._bias = bias

    def __call__(self, rows: Tensor) -> Tensor:
        result: Tensor = torch.ops.mkldnn._linear_pointwise(
            rows, self._weight, self._bias, "none", [], ""
        )
        return result


class PlainLinear:
    """The fallback, in blocks of as many rows: for fewer or more, MKL has kernels of other bits."""

    row_multiple = 16
    library = "plain"

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self._weight = weight.contiguous()
        self._bias = bias

    def __call__(self, rows: Tensor) -> Tensor:
        blocks = torch.split(rows, self.row_multiple)
        return torch.cat([F.linear(block, self._weight, self._bias) for block in blocks])


class FixedLinear:
    """On any device: always as many rows, so that it is always the same kernel that runs."""

    row_multiple = 64
    library = "fixed"

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self._weight = weight.contiguous()
        self._bias = bias

    def __call__(self, rows: Tensor) -> Tensor:
        assert len(rows) == self.row_multiple
        return F.linear(rows, self._weight, self._bias)


def can_pack(dtype: torch.dtype) -> bool:
    """Whether this machine has the packed kernel for `dtype`, and its rows are exact: by AMX, those
    in bf16 depend on how many there are."""
    if not torch._C._has_mkldnn:
        return False
    if dtype == torch.float32:
        return True
    is_exact = bf16_instructions() != "amx_bf16"
    return is_exact and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
