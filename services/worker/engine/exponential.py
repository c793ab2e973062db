"""exp and what is made of it, for kernels: torch's are slower, and numba has none for vectors."""

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from services.worker.engine.compiling import compiled

_f32 = np.float32
_INT = ir.IntType(32)
_OF_FRACTION = 23
"""Bits below a float32's exponent."""
_LOG2_E = _f32(1.44269504)
_LN2_HIGH, _LN2_LOW = _f32(0.693359375), _f32(-2.12194440e-4)
LEAST, MOST = _f32(-87.0), _f32(87.0)
"""exp of less, or of more, is no normal number."""
_LINEAR = _f32(-2 * math.sqrt(2 / math.pi))
_CUBIC = _f32(0.044715 * -2 * math.sqrt(2 / math.pi))


def _times_power_of_two(typing, number, exponent):  # type: ignore[no-untyped-def]
    """A float32, both it and the product normal ones."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        number, exponent = values
        shifted = builder.shl(exponent, _INT(_OF_FRACTION))
        bits = builder.add(builder.bitcast(number, _INT), shifted)
        return builder.bitcast(bits, ir.FloatType())

    return types.float32(types.float32, types.int32), generate


_scaled: Any = intrinsic(_times_power_of_two)


@compiled(borrows=True)
def exponential(x):  # type: ignore[no-untyped-def]
    """Of a number from LEAST to MOST: 2 ** whole * exp(rest), the latter by a polynomial that is
    right to the last bit or two (Cephes' expf).
    """
    whole = np.floor(x * _LOG2_E + _f32(0.5))
    rest = x - whole * _LN2_HIGH - whole * _LN2_LOW
    power = _f32(1.9875691500e-4)
    power = power * rest + _f32(1.3981999507e-3)
    power = power * rest + _f32(8.3334519073e-3)
    power = power * rest + _f32(4.1665795894e-2)
    power = power * rest + _f32(1.6666665459e-1)
    power = power * rest + _f32(5.0000001201e-1)
    return _scaled(power * rest * rest + rest + _f32(1), np.int32(whole))


@compiled(borrows=True)
def gelu(numbers):  # type: ignore[no-untyped-def]
    """In place, in the form with tanh, which GPT-2 was trained with: x / (1 + exp(-2 z))."""
    for i in range(len(numbers)):
        x = numbers[i]
        power = min(max(x * (_LINEAR + _CUBIC * (x * x)), LEAST), MOST)
        numbers[i] = x / (_f32(1) + exponential(power))
