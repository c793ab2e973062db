"""LayerNorm of a row."""

import numpy as np

from services.worker.engine.compiling import compiled

_LANES = 16
"""Sums side by side: one alone would wait for each addition."""
_f32 = np.float32


@compiled()
def normalize(row, weight, bias, epsilon, result):  # type: ignore[no-untyped-def]
    width = len(weight)
    partial = np.empty(_LANES, np.float32)
    mean = _total(row[:width], _f32(0), _f32(0), partial) / _f32(width)
    variance = _total(row[:width], mean, _f32(1), partial) / _f32(width)
    inverse = _f32(1) / np.sqrt(variance + epsilon)
    for i in range(width):
        result[i] = (row[i] - mean) * inverse * weight[i] + bias[i]


@compiled()
def dot(row, other):  # type: ignore[no-untyped-def]
    total = _f32(0)
    for i in range(len(other)):
        total += row[i] * other[i]
    return total


@compiled()
def _total(row, mean, is_square, partial):  # type: ignore[no-untyped-def]
    """Of the numbers, or of the squares of their distances from the mean."""
    whole = len(row) // _LANES * _LANES
    partial[:] = _f32(0)
    for start in range(0, whole, _LANES):
        for lane in range(_LANES):
            x = row[start + lane] - mean
            partial[lane] += x * x if is_square else x
    for i in range(whole, len(row)):
        x = row[i] - mean
        partial[0] += x * x if is_square else x
    total = _f32(0)
    for lane in range(_LANES):
        total += partial[lane]
    return total
