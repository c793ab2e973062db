"""A tile of a matrix product, for kernels of numba to call: the micro-kernel of BLIS (Van Zee and
van de Geijn 2015).

Its inputs go by one after the other, and products are added in registers, where a loop in Python,
compiled, adds them in memory. In which order depends on no other row: an element's bits are the
same in a tile of any height.
"""

from functools import partial
from typing import Any

import llvmlite.binding
from numba import types
from numba.extending import intrinsic

from services.worker.engine.fp16_loop import Fp16Loop
from services.worker.engine.llvm import each_of, element
from services.worker.engine.processor import CAN_DOT, CAN_PAIR, LANES, MOST_ROWS
from services.worker.engine.strip_loop import MOST_STRIPS, StripLoop
from services.worker.engine.tile_loop import INDEX, TileLoop
from services.worker.engine.word_loop import WordLoop

if CAN_PAIR or CAN_DOT:
    llvmlite.binding.initialize_native_asmparser()


def _multiply_tile(  # type: ignore[no-untyped-def]
    typing, rows, inputs, x, x_at, panels, panels_at, ahead, pace, result, result_at, gap
):
    """result += x Wᵀ, for `rows` (1 to MOST_ROWS) rows and WIDTH outputs.

    Arrays, each with the place of its first element, and of the result the distance of its rows.
    Each input's rows follow each other, and so do its WIDTH weights. By the type of the inputs:

    - float32: weights in fp32, or two inputs' in bf16 in uint32.
    - uint32: two inputs in bf16, and their weights.
    - int32: two inputs in fp16, and their weights. If the result is in int32, four of 0 to 255 as
      `put_four` puts them, and their weights of -128 to 127. Else it is in float32.

    With each word of weights, `pace` more of those from `ahead` on are sent for, for another tile.
    """
    kind: type[TileLoop] = (
        Fp16Loop if (x.dtype, result.dtype) == (types.int32, types.float32) else WordLoop
    )

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        operand = partial(element, context, builder, signature, values)
        height, count, pace, gap = (values[index] for index in (0, 1, 7, 10))
        first, weights, ahead, result = operand(2, 3), operand(4, 5), operand(4, 6), operand(8, 9)
        operands = (first, weights, ahead, pace, result, gap)
        for rows in each_of(builder, height, MOST_ROWS):
            kind(builder, rows, count, *operands).generate()
        return context.get_dummy_value()

    at = gap = count = types.intp
    arrays = (x, at, panels, at, at, gap, result, at, gap)
    return types.void(count, count, *arrays), generate


def _multiply_strips(  # type: ignore[no-untyped-def]
    typing, rows, count, inputs, x, x_at, strips, strips_at, between, ahead, result, result_at, gap
):
    """result += x Wᵀ as of `multiply_tile`, for `count` strips of LANES outputs, each of which lies
    `between` behind the one before: of a single row 1 to MOST_STRIPS, of more rows STRIPS.

    Of inputs in float32, or in fours as above. With a line of weights, the one as far behind
    `ahead` is sent for.
    """

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        operand = partial(element, context, builder, signature, values)
        first, weights, ahead, result = operand(3, 4), operand(5, 6), operand(5, 8), operand(9, 10)
        operands = (first, weights, ahead, INDEX(0), result, values[11], INDEX(LANES), values[7])
        for height in each_of(builder, values[0], MOST_ROWS):
            if height > 1:
                StripLoop(builder, height, values[2], *operands).generate()
                continue
            for number in each_of(builder, values[1], MOST_STRIPS):
                StripLoop(builder, height, values[2], *operands, range(number)).generate()
        return context.get_dummy_value()

    at = size = types.intp
    return types.void(size, size, size, x, at, strips, at, size, at, result, at, size), generate


multiply_tile: Any = intrinsic(_multiply_tile)
multiply_strips: Any = intrinsic(_multiply_strips)
