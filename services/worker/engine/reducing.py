"""What the numbers of a row come to, many of them at a time.

In which order they are added the compiler chooses, once for all rows: one chain of sums would wait
for each addition.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from services.worker.engine.compiling import compiled

_f32 = np.float32
_LEAST, _MOST = np.int32(-(2**31)), np.int32(2**31 - 1)


def _floatof_bits(typing, bits):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        return builder.bitcast(values[0], ir.FloatType())

    return types.float32(types.int32), generate


def _bits_of_float(typing, number):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        return builder.bitcast(values[0], ir.IntType(32))

    return types.int32(types.float32), generate


of_bits: Any = intrinsic(_floatof_bits)
bits_of: Any = intrinsic(_bits_of_float)


@compiled(any_order=True, borrows=True)
def total(numbers):  # type: ignore[no-untyped-def]
    result = _f32(0)
    for i in range(len(numbers)):
        result += numbers[i]
    return result


@compiled(any_order=True, borrows=True)
def squares(numbers, mean):  # type: ignore[no-untyped-def]
    """The sum of the squares of their distances from the mean."""
    result = _f32(0)
    for i in range(len(numbers)):
        distance = numbers[i] - mean
        result += distance * distance
    return result


@compiled(any_order=True, borrows=True)
def dot(numbers, others):  # type: ignore[no-untyped-def]
    result = _f32(0)
    for i in range(len(others)):
        result += numbers[i] * others[i]
    return result


@compiled(borrows=True)
def extremes(numbers):  # type: ignore[no-untyped-def]
    """The least and the greatest; NaN if any is, or is infinite."""
    least, most = ends(numbers)
    low, high = of_bits(ordered(least)), of_bits(ordered(most))
    fault = (low - low) + (high - high)
    return low + fault, high + fault


@compiled(borrows=True)
def ends(numbers):  # type: ignore[no-untyped-def]
    """The least and the greatest, as `ordered` has their bits: a NaN lies beyond infinity."""
    least, most = _MOST, _LEAST
    for i in range(len(numbers)):
        number = ordered(bits_of(numbers[i]))
        least, most = np.int32(min(least, number)), np.int32(max(most, number))
    return least, most


@compiled(borrows=True)
def ordered(bits):  # type: ignore[no-untyped-def]
    """Of a float32, as a whole number that is ordered as they are; and back."""
    return np.int32(bits ^ ((bits >> np.int32(31)) & _MOST))
