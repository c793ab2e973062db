"""Linear layers laid out for the tiles: panels of WIDTH outputs, input by input."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from services.worker.engine.amx import LINE
from services.worker.engine.keeping import BYTE_FOURS, Kept
from services.worker.engine.memory import placed
from services.worker.engine.packing import BF16_PAIRS, FP16_PAIRS, IN_FP32, Word
from services.worker.engine.processor import WIDTH
from services.worker.engine.quantizing import QuantizedPanels, quantize_weights
from shared.errors import ModelLoadError


class BeyondFp16Error(ModelLoadError):
    """A weight is greater than fp16 can hold, or no number."""


@dataclass(frozen=True, slots=True)
class PanelKind:
    """In what weights are kept and rows are multiplied; sums are fp32, or end in it."""

    library: str
    rounds_weights: bool = False
    """To 16 bits: to fp16 if rows are in it, else to bf16."""
    word: Word = IN_FP32
    """What rows are kept in."""
    quantized: bool = False
    """Weights and rows are whole numbers of a byte."""
    in_lines: bool = False
    """Rows lie as AMX reads them, which multiplies them."""

    @property
    def rounds(self) -> bool:
        return self.rounds_weights or self.quantized

    @property
    def multiple(self) -> int:
        """That outputs and inputs are filled up to: in bytes a line of AMX, whoever multiplies, as
        what is filled up is rounded with the rest."""
        return LINE if self.quantized else WIDTH

    @property
    def kept(self) -> Kept:
        """What attention keeps keys and values in."""
        if self.quantized:
            return BYTE_FOURS
        return BF16_PAIRS if self.rounds_weights else IN_FP32


WHOLE = PanelKind("panels")
"""Weights that bf16 can hold are kept in it, which is as exact and half as much to read."""
ROUNDED = PanelKind("panels-bf16", rounds_weights=True)
"""Half as much to read on any processor; rows stay whole."""
PAIRS = PanelKind("panels-bf16-pairs", rounds_weights=True, word=BF16_PAIRS)
"""Two products in bf16 are added by one instruction."""
PAIRS_BY_AMX = PanelKind("panels-bf16-amx", rounds_weights=True, word=BF16_PAIRS, in_lines=True)
"""By whole matrices of such pairs."""
FP16 = PanelKind("panels-fp16", rounds_weights=True, word=FP16_PAIRS)
"""Twice as many products at a time as in fp32, see `fp16_loop`; where there are instructions."""
BYTES = PanelKind("panels-int8", quantized=True)
"""A quarter of fp32 to read, and four products added by one instruction where there is one; at some
cost to the model, see `quantizing`."""
BYTES_BY_AMX = replace(BYTES, in_lines=True)
"""To the same bits."""


class Panels(NamedTuple):
    """Linear layers of one shape; outputs and inputs are filled up with zeros."""

    weights: NDArray[np.generic]
    """[layers, panels, inputs, WIDTH] in fp32, or two inputs' in bf16 in uint32, in fp16 in
    int32."""
    bias: NDArray[np.float32]
    """[layers, panels * WIDTH]."""


def lay_out(
    layers: Sequence[tuple[Tensor, Tensor | None]], kind: PanelKind
) -> Panels | QuantizedPanels:
    """Layers of one shape, each weights [outputs, inputs] and a bias [outputs] or none.

    Raises BeyondFp16Error.
    """
    whole = torch.stack([_filled(weight, kind) for weight, _ in layers])
    bias = np.zeros(whole.shape[:2], np.float32)
    for row, (weight, own) in zip(bias, layers, strict=True):
        if own is not None:
            row[: len(weight)] = own.float().numpy()
    if kind.quantized:
        rounded, scales, sums = quantize_weights(whole)
        weights = placed(_in_panels(rounded.view(torch.int32)).numpy())
        return QuantizedPanels(weights, bias, _of_panels(scales).numpy(), _of_panels(sums).numpy())
    return Panels(placed(_in_panels(_kept(whole, kind)).numpy()), bias)


def _filled(weight: Tensor, kind: PanelKind) -> Tensor:
    outputs, inputs = (-size % kind.multiple for size in weight.shape)
    return F.pad(weight.float(), (0, inputs, 0, outputs))


def _kept(whole: Tensor, kind: PanelKind) -> Tensor:
    if kind.word is FP16_PAIRS:
        return _in_range(whole.half()).view(torch.int32)
    halves = whole.bfloat16()
    is_exact = kind.rounds_weights or torch.equal(halves.float(), whole)
    return halves.view(torch.uint32) if is_exact else whole


def _in_range(halves: Tensor) -> Tensor:
    if not halves.isfinite().all():
        raise BeyondFp16Error("a weight is beyond fp16, or no number; DTYPE=bfloat16 has its range")
    return halves


def _of_panels(outputs: Tensor) -> Tensor:
    return outputs.view(len(outputs), -1, WIDTH)


def _in_panels(kept: Tensor) -> Tensor:
    layers, outputs, inputs = kept.shape
    shape = (layers, outputs // WIDTH, WIDTH, inputs)
    return kept.view(shape).transpose(2, 3).contiguous()
