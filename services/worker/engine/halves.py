"""bf16 in kernels, as the upper halves of fp32 in uint16: numba has no type for it.

What is kept in fp32 passes as it is, so that a kernel is written once for both.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_SHORT, _INT = ir.IntType(16), ir.IntType(32)
_LOWER_HALF, _QUIET = 0x7FFF, 0x40


def rounded_half(builder: Any, number: Any) -> Any:
    """The 16 bits of a float32 as bf16: rounded to nearest, to even in the middle. Or of a vector
    of them."""
    lanes = getattr(number.type, "count", None)

    def kind(one: Any) -> Any:
        return one if lanes is None else ir.VectorType(one, lanes)

    def constant(value: int) -> Any:
        return ir.Constant(kind(_INT), value if lanes is None else [value] * lanes)

    bits = builder.bitcast(number, kind(_INT))
    upper = builder.lshr(bits, constant(16))
    is_odd = builder.and_(upper, constant(1))
    rounded = builder.lshr(
        builder.add(bits, builder.add(is_odd, constant(_LOWER_HALF))), constant(16)
    )
    # Rounding could carry a NaN over into a number.
    is_number = builder.fcmp_ordered("==", number, number)
    half = builder.select(is_number, rounded, builder.or_(upper, constant(_QUIET)))
    return builder.trunc(half, kind(_SHORT))


def _narrowed(typing, number, room):  # type: ignore[no-untyped-def]
    """A float32 as it is kept in the array `room`."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        number, _ = values
        return number if signature.return_type == types.float32 else rounded_half(builder, number)

    return room.dtype(number, room), generate


narrowed: Any = intrinsic(_narrowed)
