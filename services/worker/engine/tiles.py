"""The innermost loop of a matrix product, in LLVM's own words.

A tile of the result stays in registers while the inputs go by: the micro-kernel of BLIS (Van Zee
and van de Geijn 2015). A loop in Python, compiled, keeps it in memory. Each element is one chain of
fused multiply-adds in the order of the inputs: its bits are the same in a tile of any height. Whole
numbers are added exactly in any order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from services.worker.engine.llvm import function, load, viewed

_FEATURES = llvmlite.binding.get_host_cpu_features()
CAN_FUSE = _FEATURES.get("fma", False) or _FEATURES.get("neon", False)
"""Without the instruction, a fused multiply-add is a call of a slow function."""
_IS_WIDE = _FEATURES.get("avx512f", False)
CAN_PAIR = _IS_WIDE and _FEATURES.get("avx512bf16", False)
"""Whether two products in bf16 are added to a sum in fp32 by one instruction."""
PAIRS_PAY = CAN_PAIR and llvmlite.binding.get_host_cpu_name().startswith("znver")
"""Intel's processors begin one in two cycles (Emerald Rapids, measured), and four plain ones."""
CAN_DOT = _IS_WIDE and _FEATURES.get("avx512vnni", False)
"""Whether four products of bytes are; elsewhere they are added one after the other, to the same."""
if CAN_PAIR or CAN_DOT:
    llvmlite.binding.initialize_native_asmparser()
LANES = 16 if _IS_WIDE else 8
WIDTH = 2 * LANES
"""Outputs of a tile: two registers."""
MOST_ROWS = 8 if _IS_WIDE else 6
"""Of a tile: twelve sums, two registers of weights and one input fill the sixteen of AVX. AVX-512
has twice as many, of which eight rows take most."""
MOST_BYTES = 24 * 1024
"""Of a tile's weights, so that they stay in the first cache for the tiles that follow."""

_INDEX, _INT = ir.IntType(64), ir.IntType(32)
_FLOATS = ir.VectorType(ir.FloatType(), LANES)
_INTS = ir.VectorType(_INT, LANES)


def _multiply_tile(  # type: ignore[no-untyped-def]
    typing, rows, inputs, x, x_at, panels, panels_at, ahead, pace, result, result_at, gap
):
    """result += x Wᵀ, for `rows` (1 to MOST_ROWS) rows and WIDTH outputs.

    Arrays, each with the place of its first element, and of the result the distance of its rows.
    Each input's rows follow each other, and so do its WIDTH weights: in fp32, as upper halves of it
    (bf16, in uint16), or two inputs' such halves in a word (uint32). Inputs in words, too, are
    pairs in bf16; where the result is in int32, four of 0 to 255, and their weights of -128 to 127.
    With each word of weights, `pace` more of those from `ahead` on are sent for, for another tile.
    """

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        def operand(array: int, index: int) -> Any:
            """Numbers of arguments."""
            made = context.make_array(signature.args[array])(context, builder, values[array])
            return builder.gep(made.data, [values[index]])

        height, count, pace, gap = (values[index] for index in (0, 1, 7, 10))
        first, weights, ahead, result = operand(2, 3), operand(4, 5), operand(4, 6), operand(8, 9)
        operands = (first, weights, ahead, pace, result, gap)
        done = builder.append_basic_block("done")
        heights = builder.switch(height, done)
        for rows in range(1, MOST_ROWS + 1):
            block = builder.append_basic_block(f"rows{rows}")
            heights.add_case(height.type(rows), block)
            builder.position_at_end(block)
            _Tile(builder, rows, count, *operands).generate()
            builder.branch(done)
        builder.position_at_end(done)
        return context.get_dummy_value()

    at = gap = count = types.intp
    arrays = (x, at, panels, at, at, gap, result, at, gap)
    return types.void(count, count, *arrays), generate


multiply_tile: Any = intrinsic(_multiply_tile)


@dataclass(frozen=True, slots=True)
class _Tile:
    """Values of LLVM, which has no types for them in Python."""

    builder: Any
    rows: int
    inputs: Any
    x: Any
    weights: Any
    ahead: Any
    pace: Any
    result: Any
    gap: Any

    def generate(self) -> None:
        builder = self.builder
        starts = [
            [load(builder, self._place(row, half), self._sums) for half in _HALVES]
            for row in range(self.rows)
        ]
        before = builder.block
        loop, after = (builder.append_basic_block(name) for name in ("inputs", "after"))
        builder.branch(loop)
        builder.position_at_end(loop)
        index = builder.phi(_INDEX)
        sums = [[builder.phi(self._sums) for _ in _HALVES] for _ in range(self.rows)]
        totals = self._add_products(index, sums)
        following = builder.add(index, _INDEX(1))
        builder.cbranch(builder.icmp_signed("<", following, self.inputs), loop, after)
        _meet(index, (_INDEX(0), before), (following, loop))
        for row in range(self.rows):
            for half in _HALVES:
                _meet(sums[row][half], (starts[row][half], before), (totals[row][half], loop))
        builder.position_at_end(after)
        self._store(totals)

    def _add_products(self, index: Any, sums: Sequence[Sequence[Any]]) -> list[list[Any]]:
        """Of all inputs that a word of weights is for."""
        builder, multiply_add = self.builder, self._multiply_add
        panel = builder.gep(self.weights, [builder.mul(index, _INDEX(WIDTH))])
        weights = self._weights(panel)
        self._send_ahead(index)
        first = builder.gep(self.x, [builder.mul(index, _INDEX(len(weights) * self.rows))])
        totals = [list(own) for own in sums]
        for number, ours in enumerate(weights):
            for row, own in enumerate(totals):
                place = builder.gep(first, [_INDEX(number * self.rows + row)])
                factor = self._broadcast(builder.load(place))
                own[:] = [multiply_add(factor, ours[half], own[half]) for half in _HALVES]
        return totals

    @property
    def _sums(self) -> Any:
        return _INTS if self._in_fours else _FLOATS

    @property
    def _in_fours(self) -> bool:
        return bool(self.result.type.pointee == _INT)

    @property
    def _in_words(self) -> bool:
        """Pairs or fours."""
        return bool(self.x.type.pointee == _INT)

    @property
    def _multiply_add(self) -> Callable[[Any, Any, Any], Any]:
        if self._in_fours:
            return self._add_four if CAN_DOT else self._add_one_by_one
        return self._add_pair if self._in_words else self._add_product

    def _add_product(self, factor: Any, weights: Any, total: Any) -> Any:
        fused = function(self.builder, f"llvm.fma.v{LANES}f32", _FLOATS, *[_FLOATS] * 3)
        return self.builder.call(fused, [factor, weights, total])

    def _add_pair(self, factors: Any, weights: Any, total: Any) -> Any:
        """The products' own order is the instruction's. llvmlite has no type for its operands."""
        kind = ir.FunctionType(_FLOATS, (_FLOATS, _INTS, _INTS))
        words = (total, factors, weights)
        return self.builder.asm(kind, "vdpbf16ps $3, $2, $0", "=v,0,v,v", words, side_effect=False)

    def _add_four(self, factors: Any, weights: Any, total: Any) -> Any:
        kind = ir.FunctionType(_INTS, (_INTS, _INTS, _INTS))
        words = (total, factors, weights)
        return self.builder.asm(kind, "vpdpbusd $3, $2, $0", "=v,0,v,v", words, side_effect=False)

    def _add_one_by_one(self, factors: Any, weights: Any, total: Any) -> Any:
        builder = self.builder
        for byte in range(4):
            up, down = (ir.Constant(_INTS, [shift] * LANES) for shift in (24 - 8 * byte, 24))
            factor = builder.lshr(builder.shl(factors, up), down)
            weight = builder.ashr(builder.shl(weights, up), down)
            total = builder.add(total, builder.mul(factor, weight))
        return total

    def _weights(self, panel: Any) -> list[list[Any]]:
        """Of each input, for each half: LANES floats, or LANES pairs or fours."""
        builder, number = self.builder, panel.type.pointee
        kept = ir.VectorType(number, LANES)
        halves = [
            load(builder, builder.gep(panel, [_INDEX(half * LANES)]), kept) for half in _HALVES
        ]
        if self._in_words or number == ir.FloatType():
            return [halves]
        if number != _INT:
            return [[self._float(builder.zext(half, _INTS)) for half in halves]]
        upper = ir.Constant(_INTS, [0xFFFF0000] * LANES)
        seconds = [builder.bitcast(builder.and_(half, upper), _FLOATS) for half in halves]
        return [[self._float(half) for half in halves], seconds]

    def _float(self, lower: Any) -> Any:
        """Of the lower halves of words, which are the upper ones of floats."""
        whole = self.builder.shl(lower, ir.Constant(_INTS, [16] * LANES))
        return self.builder.bitcast(whole, _FLOATS)

    def _broadcast(self, value: Any) -> Any:
        undefined = ir.Constant(_INTS if self._in_words else _FLOATS, ir.Undefined)
        one = self.builder.insert_element(undefined, value, _INT(0))
        return self.builder.shuffle_vector(one, undefined, ir.Constant(_INTS, [0] * LANES))

    def _store(self, totals: Sequence[Sequence[Any]]) -> None:
        builder = self.builder
        for row, own in enumerate(totals):
            for half in _HALVES:
                place = viewed(builder, self._place(row, half), self._sums)
                builder.store(own[half], place).align = 4

    def _place(self, row: int, half: int) -> Any:
        builder = self.builder
        offset = builder.add(builder.mul(self.gap, _INDEX(row)), _INDEX(half * LANES))
        return builder.gep(self.result, [offset])

    def _send_ahead(self, index: Any) -> None:
        """In as many streams as there are halves, since a core's own prefetchers follow several."""
        builder, streams = self.builder, _INDEX(len(_HALVES))
        apart = builder.sdiv(builder.mul(self.inputs, self.pace), streams)
        step = builder.sdiv(builder.mul(index, self.pace), streams)
        for stream in _HALVES:
            start = builder.mul(apart, _INDEX(stream))
            self._send_for(builder.gep(self.ahead, [builder.add(start, step)]))

    def _send_for(self, place: Any) -> None:
        builder = self.builder
        byte = ir.IntType(8)
        to_read, second_cache, data = _INT(0), _INT(2), _INT(1)
        prefetch = function(
            builder, "llvm.prefetch.p0", ir.VoidType(), byte.as_pointer(), *[_INT] * 3
        )
        builder.call(prefetch, [viewed(builder, place, byte), to_read, second_cache, data])


_HALVES = range(WIDTH // LANES)


def _meet(phi: Any, *incoming: tuple[Any, Any]) -> None:
    for value, block in incoming:
        phi.add_incoming(value, block)
