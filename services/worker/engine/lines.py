"""Words of 32 bits for kernels, alone and in lines of LANES.

Numba's own way is long: it calls a function for a view of an array, and does not know of all arrays
that their last axis lies together.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from services.worker.engine.llvm import element, load, send_for, viewed
from services.worker.engine.processor import LANES

_LINE = ir.VectorType(ir.IntType(32), LANES)


def _copy_line(typing, source, first, target, place):  # type: ignore[no-untyped-def]
    """The bits of a line, whatever numbers they are taken for; places count numbers."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        where = element(context, builder, signature, values, 2, 3)
        line = load(builder, element(context, builder, signature, values, 0, 1), _LINE)
        builder.store(line, viewed(builder, where, _LINE)).align = 4
        return context.get_dummy_value()

    return types.void(source, types.intp, target, types.intp), generate


def _word_at(typing, numbers, first):  # type: ignore[no-untyped-def]
    """What begins with a byte of an array, in int32."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        place = element(context, builder, signature, values, 0, 1)
        word = builder.load(viewed(builder, place, _LINE.element))
        word.align = 1
        return word

    return types.int32(numbers, types.intp), generate


def _ask_for_line(typing, array, first):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        send_for(builder, element(context, builder, signature, values, 0, 1))
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


copy_line: Any = intrinsic(_copy_line)
ask_for_line: Any = intrinsic(_ask_for_line)
word_at: Any = intrinsic(_word_at)
