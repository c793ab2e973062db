"""LayerNorm of a row."""

import numpy as np

from services.worker.engine.compiling import compiled
from services.worker.engine.reducing import squares, total

_f32 = np.float32


@compiled(borrows=True)
def normalize(row, weight, bias, epsilon, result):  # type: ignore[no-untyped-def]
    width = len(weight)
    own = row[:width]
    mean = total(own) / _f32(width)
    inverse = _f32(1) / np.sqrt(squares(own, mean) / _f32(width) + epsilon)
    for i in range(width):
        result[i] = (row[i] - mean) * inverse * weight[i] + bias[i]
