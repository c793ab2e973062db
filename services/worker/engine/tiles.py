"""The innermost loop of a matrix product, in LLVM's own words.

A tile of the result stays in registers while the inputs go by: the micro-kernel of BLIS (Van Zee
and van de Geijn 2015). A loop in Python, compiled, keeps it in memory. Each element is one chain of
fused multiply-adds in the order of the inputs: its bits are the same in a tile of any height.
"""

from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from services.worker.engine.compiling import compiled

_FEATURES = llvmlite.binding.get_host_cpu_features()
CAN_FUSE = _FEATURES.get("fma", False) or _FEATURES.get("neon", False)
"""Without the instruction, a fused multiply-add is a call of a slow function."""
LANES = 16 if _FEATURES.get("avx512f", False) else 8
WIDTH = 2 * LANES
"""Outputs of a tile: two registers."""
MOST_ROWS = 6
"""Of a tile: twelve sums, two registers of weights and one input fill the sixteen of AVX."""

_INDEX = ir.IntType(64)
_FLOAT = ir.FloatType()
_VECTOR = ir.VectorType(_FLOAT, LANES)
_ONE_TO_ALL = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
_UNDEFINED = ir.Constant(_VECTOR, ir.Undefined)


def _tile(rows: int) -> Any:
    """bias + x Wᵀ for so many rows and WIDTH outputs, by addresses and strides in floats.

    The weights of one input follow those of the one before.
    """

    @intrinsic
    def tile(typing, x, x_stride, weights, inputs, bias, result, result_stride):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            _generate(builder, rows, *arguments)
            return context.get_dummy_value()

        return types.void(*[types.intp] * 7), generate

    return tile


def _generate(
    builder: Any,
    rows: int,
    x: Any,
    x_stride: Any,
    weights: Any,
    inputs: Any,
    bias: Any,
    result: Any,
    result_stride: Any,
) -> None:
    x, weights, bias, result = (
        builder.inttoptr(address, _FLOAT.as_pointer()) for address in (x, weights, bias, result)
    )
    own_x = [builder.gep(x, [builder.mul(x_stride, _INDEX(row))]) for row in range(rows)]
    starts = _load(builder, bias)
    before = builder.block
    loop, after = builder.append_basic_block("inputs"), builder.append_basic_block("after")
    builder.branch(loop)

    builder.position_at_end(loop)
    index = builder.phi(_INDEX)
    sums = [[builder.phi(_VECTOR) for _ in starts] for _ in range(rows)]
    columns = _load(builder, builder.gep(weights, [builder.mul(index, _INDEX(WIDTH))]))
    fused = _fused_multiply_add(builder)
    ended = []
    for row in range(rows):
        one = builder.load(builder.gep(own_x[row], [index]))
        factor = builder.insert_element(_UNDEFINED, one, ir.IntType(32)(0))
        factor = builder.shuffle_vector(factor, _UNDEFINED, _ONE_TO_ALL)
        ended.append(
            [
                builder.call(fused, [factor, column, total])
                for column, total in zip(columns, sums[row], strict=True)
            ]
        )
    following = builder.add(index, _INDEX(1))
    builder.cbranch(builder.icmp_signed("<", following, inputs), loop, after)
    for phi, first, later in [
        (index, _INDEX(0), following),
        *(
            (sums[row][half], starts[half], ended[row][half])
            for row in range(rows)
            for half in range(len(starts))
        ),
    ]:
        phi.add_incoming(first, before)
        phi.add_incoming(later, loop)

    builder.position_at_end(after)
    for row in range(rows):
        place = builder.gep(result, [builder.mul(result_stride, _INDEX(row))])
        for half, vector in enumerate(ended[row]):
            _store(builder, vector, builder.gep(place, [_INDEX(half * LANES)]))


def _load(builder: Any, place: Any) -> list[Any]:
    """WIDTH floats from `place` on."""
    vectors = []
    for half in range(WIDTH // LANES):
        pointer = builder.gep(place, [_INDEX(half * LANES)])
        vectors.append(builder.load(builder.bitcast(pointer, _VECTOR.as_pointer())))
        vectors[-1].align = 4
    return vectors


def _store(builder: Any, vector: Any, place: Any) -> None:
    builder.store(vector, builder.bitcast(place, _VECTOR.as_pointer())).align = 4


def _fused_multiply_add(builder: Any) -> Any:
    name = f"llvm.fma.v{LANES}f32"
    known = builder.module.globals.get(name)
    return known or ir.Function(builder.module, ir.FunctionType(_VECTOR, [_VECTOR] * 3), name)


_one, _two, _three, _four, _five, _six = (_tile(rows) for rows in range(1, MOST_ROWS + 1))


@compiled()
def multiply_tile(rows, x, x_stride, weights, inputs, bias, result, result_stride):  # type: ignore[no-untyped-def]
    """As `_tile`, for 1 to MOST_ROWS rows."""
    if rows == 6:
        _six(x, x_stride, weights, inputs, bias, result, result_stride)
    elif rows == 5:
        _five(x, x_stride, weights, inputs, bias, result, result_stride)
    elif rows == 4:
        _four(x, x_stride, weights, inputs, bias, result, result_stride)
    elif rows == 3:
        _three(x, x_stride, weights, inputs, bias, result, result_stride)
    elif rows == 2:
        _two(x, x_stride, weights, inputs, bias, result, result_stride)
    else:
        _one(x, x_stride, weights, inputs, bias, result, result_stride)
