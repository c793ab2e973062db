"""What the compiled forward pass reads and writes: tuples of arrays, which its compiler knows."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.worker.engine.panels import Panels
from services.worker.engine.quantizing import QuantizedPanels, QuantizedRows

Floats = NDArray[np.float32]
LinearLayers = Panels | QuantizedPanels
"""Layers of one shape."""
PackedRows = NDArray[Any] | QuantizedRows


class Model(NamedTuple):
    """All but the linear layers, since the compiler takes no tuples of tuples."""

    token_embedding: Floats
    position_embedding: Floats
    norms: Floats
    """[2 * layers + 1, weight and bias, width]."""
    mean: Floats
    """What was taken off all rows of the head [width]."""
    epsilon: np.float32
    scale: np.float32


class Linears(NamedTuple):
    qkv: LinearLayers
    attention_out: LinearLayers
    mlp_in: LinearLayers
    mlp_out: LinearLayers
    head: LinearLayers
    """A single layer."""


class Batch(NamedTuple):
    """The rows of a step, and which of them are drawn from."""

    tokens: NDArray[np.int64]
    positions: NDArray[np.int64]
    drawn: NDArray[np.int64]
    slots: NDArray[np.int64]
    starts: NDArray[np.int64]
    firsts: NDArray[np.int64]
    counts: NDArray[np.int64]
    wanted: NDArray[np.int64]
    """Of each chunk 1 if its last row is drawn from, else 0."""
    ranks: NDArray[np.int64]
    """Of each chunk how many before it are."""


class Room(NamedTuple):
    """What the parts of a step leave for each other, each in a place of its own: see `crew`.

    The last axis is filled up to whole panels.
    """

    hidden: Floats
    """[2 * layers - 1, rows, width]: the residual stream, before each layer's two halves but the
    last."""
    drawn: Floats
    """[3, rows that are drawn from, width]: the same before the last layer's second half and behind
    it, and ahead of both what `hidden` ends with."""
    projected: Floats
    """[layers, rows, query, key and value]."""
    shifts: Floats
    logits: Floats


class Rows(NamedTuple):
    """The same of rows on their way into the linear layers: no tuples of tuples here either. Once
    of all rows, and once of those that are drawn from, behind the last layer's attention."""

    normed: PackedRows
    """[2 * layers - 1, packed rows], or two of them."""
    attended: PackedRows
    """[layers - 1, packed rows], or one of them; as the next."""
    wide: PackedRows
