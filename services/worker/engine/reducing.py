"""What the numbers of a row come to, many of them at a time.

In which order they are added the compiler chooses, once for all rows: one chain of sums would wait
for each addition.
"""

import numpy as np

from services.worker.engine.compiling import compiled

_f32 = np.float32
_LEAST, _MOST = np.int32(-(2**31)), np.int32(2**31 - 1)


@compiled(any_order=True)
def total(numbers):  # type: ignore[no-untyped-def]
    result = _f32(0)
    for i in range(len(numbers)):
        result += numbers[i]
    return result


@compiled(any_order=True)
def squares(numbers, mean):  # type: ignore[no-untyped-def]
    """The sum of the squares of their distances from the mean."""
    result = _f32(0)
    for i in range(len(numbers)):
        distance = numbers[i] - mean
        result += distance * distance
    return result


@compiled(any_order=True)
def dot(numbers, others):  # type: ignore[no-untyped-def]
    result = _f32(0)
    for i in range(len(others)):
        result += numbers[i] * others[i]
    return result


@compiled()
def extremes(numbers):  # type: ignore[no-untyped-def]
    """The least and the greatest; NaN if any is, or is infinite."""
    least, most = ends(numbers.view(np.int32))
    both = np.empty(2, np.int32)
    both[0], both[1] = ordered(least), ordered(most)
    found = both.view(np.float32)
    fault = (found[0] - found[0]) + (found[1] - found[1])
    return found[0] + fault, found[1] + fault


@compiled()
def ends(bits):  # type: ignore[no-untyped-def]
    """The least and the greatest of numbers of which these are the bits, as `ordered` has them: a
    NaN lies beyond infinity."""
    least, most = _MOST, _LEAST
    for i in range(len(bits)):
        number = ordered(bits[i])
        least, most = np.int32(min(least, number)), np.int32(max(most, number))
    return least, most


@compiled()
def ordered(bits):  # type: ignore[no-untyped-def]
    """Of a float32, as a whole number that is ordered as they are; and back."""
    return np.int32(bits ^ ((bits >> np.int32(31)) & _MOST))
