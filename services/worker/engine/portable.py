"""exp and log whose bits are the same on every machine: libraries round the last one differently,
and a story that goes on elsewhere is to draw the same.

Only sums, products and quotients of IEEE 754, one after the other; numpy runs them, and numba
compiles them so that none are fused.
"""

import math

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
LEAST = -700.0
"""exp of less is taken for that of this, 1e-304."""
_OF_FRACTION = 52
"""Bits below a double's exponent."""
_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-1, 1.90821492927058770002e-10
"""The first one's last 21 bits are zeros: a multiple of it is exact."""
_ROOT_HALF = np.int64(0x3FE6A09E667F3BCD)
"""The bits of sqrt(1/2)."""
_OF_EXP = tuple(1.0 / math.factorial(n) for n in range(13, -1, -1))
"""Of the power series, highest first: up to ln 2 / 2 the next term is below the last bit."""
_OF_LOG = tuple(2.0 / (2 * n + 1) for n in range(11, -1, -1))
"""Of 2 atanh(s) / s in s ** 2, likewise."""


def exponentials(numbers: Doubles) -> Doubles:
    """2 ** whole * exp(rest), of numbers up to 700."""
    within = np.maximum(numbers, LEAST)
    whole = np.floor(within * _LOG2_E + 0.5)
    rest = within - whole * _LN2_HIGH
    rest -= whole * _LN2_LOW
    powers = np.zeros_like(rest)
    for factor in _OF_EXP:
        powers *= rest
        powers += factor
    bits = powers.view(np.int64)
    bits += whole.astype(np.int64) << _OF_FRACTION
    return powers


def logarithms(numbers: Doubles) -> Doubles:
    """Of normal positive numbers: whole * ln 2 + 2 atanh(s), s = (x - 1) / (x + 1) of what is left
    between the roots of 1/2 and 2.
    """
    bits = numbers.view(np.int64)
    whole = (bits - _ROOT_HALF) >> _OF_FRACTION
    rest = (bits - (whole << _OF_FRACTION)).view(np.float64)
    quotients = (rest - 1.0) / (rest + 1.0)
    squares = quotients * quotients
    series = np.zeros_like(squares)
    for factor in _OF_LOG:
        series *= squares
        series += factor
    wholes = whole.astype(np.float64)
    return wholes * _LN2_HIGH + (wholes * _LN2_LOW + quotients * series)
