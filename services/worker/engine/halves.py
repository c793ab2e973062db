"""bf16 in kernels, as the upper halves of fp32: numba has no type for it."""

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


def _rounded(typing, number):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        return builder.zext(rounded_half(builder, values[0]), _INT)

    return types.uint32(types.float32), generate


rounded: Any = intrinsic(_rounded)
"""A float32 in bf16, in the lower half of a uint32."""
