"""exp and what is made of it, for kernels: torch's are slower, and numba has none for vectors."""

import math

import numpy as np

from services.worker.engine.compiling import compiled

_f32 = np.float32
_LOG2_E = _f32(1.44269504)
_LN2_HIGH, _LN2_LOW = _f32(0.693359375), _f32(-2.12194440e-4)
LEAST, MOST = _f32(-87.0), _f32(87.0)
"""exp of less, or of more, is no normal number."""
_LINEAR = _f32(-2 * math.sqrt(2 / math.pi))
_CUBIC = _f32(0.044715 * -2 * math.sqrt(2 / math.pi))


@compiled()
def exponentiate(numbers):  # type: ignore[no-untyped-def]
    """In place, of numbers from LEAST to MOST: 2 ** whole * exp(rest), the latter by a polynomial
    that is right to the last bit or two (Cephes' expf).
    """
    bits = numbers.view(np.int32)
    for i in range(len(numbers)):
        x = numbers[i]
        whole = np.floor(x * _LOG2_E + _f32(0.5))
        rest = x - whole * _LN2_HIGH - whole * _LN2_LOW
        power = _f32(1.9875691500e-4)
        power = power * rest + _f32(1.3981999507e-3)
        power = power * rest + _f32(8.3334519073e-3)
        power = power * rest + _f32(4.1665795894e-2)
        power = power * rest + _f32(1.6666665459e-1)
        power = power * rest + _f32(5.0000001201e-1)
        numbers[i] = power * rest * rest + rest + _f32(1)
        bits[i] += np.int32(whole) << np.int32(23)


@compiled()
def gelu(numbers, scratch):  # type: ignore[no-untyped-def]
    """In place, in the form with tanh, which GPT-2 was trained with: x / (1 + exp(-2 z)).

    `scratch` is at least as long.
    """
    powers = scratch[: len(numbers)]
    for i in range(len(numbers)):
        x = numbers[i]
        powers[i] = min(max(x * (_LINEAR + _CUBIC * (x * x)), LEAST), MOST)
    exponentiate(powers)
    for i in range(len(numbers)):
        numbers[i] /= _f32(1) + powers[i]
