"""The loop for numbers that are multiplied in words: fp32, pairs in bf16 or in whole numbers of 16
bits, fours of bytes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from services.worker.engine.llvm import function, load
from services.worker.engine.processor import CAN_DOT, LANES
from services.worker.engine.tile_loop import FLOATS, INDEX, INT, INTS, TileLoop, meet

_DOT = "vpdpbusd" if LANES == 16 else "{vex} vpdpbusd"
"""AVX-512 has it, and AVX-VNNI in its own encoding, which an assembler takes only if told to."""
_SHORTS = ir.VectorType(ir.IntType(16), 2 * LANES)


@dataclass(frozen=True, slots=True)
class WordLoop(TileLoop):
    """Each element is one chain of fused multiply-adds in the order of the inputs, in registers all
    along. Whole numbers are added exactly in any order."""

    def generate(self) -> None:
        builder = self.builder
        starts = [
            [load(builder, self.place(row, register), self._sums) for register in self.registers]
            for row in range(self.rows)
        ]
        before = builder.block
        loop, after = (builder.append_basic_block(name) for name in ("inputs", "after"))
        builder.branch(loop)
        builder.position_at_end(loop)
        index = builder.phi(INDEX)
        sums = [[builder.phi(self._sums) for _ in self.registers] for _ in range(self.rows)]
        totals = self._add_products(index, sums)
        following = builder.add(index, INDEX(1))
        builder.cbranch(builder.icmp_signed("<", following, self.inputs), loop, after)
        meet(index, (INDEX(0), before), (following, loop))
        for row in range(self.rows):
            for each in self.registers:
                meet(sums[row][each], (starts[row][each], before), (totals[row][each], loop))
        builder.position_at_end(after)
        for row, own in enumerate(totals):
            for register in self.registers:
                self.store(row, register, own[register])

    def _add_products(self, index: Any, sums: Sequence[Sequence[Any]]) -> list[list[Any]]:
        """Of all inputs that a word of weights is for."""
        builder, multiply_add = self.builder, self._multiply_add
        weights = self._weights(index)
        self.send_ahead(index)
        first = builder.gep(self.x, [builder.mul(index, INDEX(len(weights) * self.rows))])
        kind = INTS if self._in_words else FLOATS
        totals = [list(own) for own in sums]
        for number, ours in enumerate(weights):
            for row, own in enumerate(totals):
                place = builder.gep(first, [INDEX(number * self.rows + row)])
                factor = self.broadcast(builder.load(place), kind)
                own[:] = [multiply_add(factor, ours[each], own[each]) for each in self.registers]
        return totals

    @property
    def _sums(self) -> Any:
        return INTS if self._in_fours else FLOATS

    @property
    def _in_fours(self) -> bool:
        return bool(self.result.type.pointee == INT)

    @property
    def _in_words(self) -> bool:
        """Pairs or fours."""
        return bool(self.x.type.pointee == INT)

    @property
    def _multiply_add(self) -> Callable[[Any, Any, Any], Any]:
        if self._in_fours:
            return self._add_four if CAN_DOT else self._add_two
        return self._add_pair if self._in_words else self._add_product

    def _add_product(self, factor: Any, weights: Any, total: Any) -> Any:
        fused = function(self.builder, f"llvm.fma.v{LANES}f32", FLOATS, *[FLOATS] * 3)
        return self.builder.call(fused, [factor, weights, total])

    def _add_pair(self, factors: Any, weights: Any, total: Any) -> Any:
        """The products' own order is the instruction's. llvmlite has no type for its operands."""
        kind = ir.FunctionType(FLOATS, (FLOATS, INTS, INTS))
        words = (total, factors, weights)
        return self.builder.asm(kind, "vdpbf16ps $3, $2, $0", "=v,0,v,v", words, side_effect=False)

    def _add_four(self, factors: Any, weights: Any, total: Any) -> Any:
        kind = ir.FunctionType(INTS, (INTS, INTS, INTS))
        words = (total, factors, weights)
        return self.builder.asm(kind, f"{_DOT} $3, $2, $0", "=v,0,v,v", words, side_effect=False)

    def _add_two(self, factors: Any, weights: Any, total: Any) -> Any:
        """Products of 16 bits; LLVM has an instruction that adds two of them (vpmaddwd), or not."""
        builder = self.builder
        wide = ir.VectorType(INT, 2 * LANES)
        factors = builder.bitcast(factors, _SHORTS)
        products = builder.mul(builder.sext(factors, wide), builder.sext(weights, wide))
        firsts, seconds = (
            builder.shuffle_vector(
                products, products, ir.Constant(INTS, list(range(first, 2 * LANES, 2)))
            )
            for first in range(2)
        )
        return builder.add(total, builder.add(firsts, seconds))

    def _weights(self, index: Any) -> list[list[Any]]:
        """Of each input, for each register: LANES floats, or LANES pairs or fours."""
        builder = self.builder
        kept = ir.VectorType(self.weights.type.pointee, LANES)
        lines = [self.line(self.weights, index, register) for register in self.registers]
        loaded = [load(builder, line, kept) for line in lines]
        if self._in_fours and not CAN_DOT:
            return self._in_shorts(loaded)
        if self._in_words or kept == FLOATS:
            return [loaded]
        upper = ir.Constant(INTS, [0xFFFF0000] * LANES)
        seconds = [builder.bitcast(builder.and_(pairs, upper), FLOATS) for pairs in loaded]
        return [[self._float(pairs) for pairs in loaded], seconds]

    def _in_shorts(self, fours: Sequence[Any]) -> list[list[Any]]:
        """The first and third of each four, and the others."""
        builder = self.builder
        byte = ir.Constant(_SHORTS, [8] * 2 * LANES)
        shorts = [builder.bitcast(each, _SHORTS) for each in fours]
        firsts = [builder.ashr(builder.shl(each, byte), byte) for each in shorts]
        return [firsts, [builder.ashr(each, byte) for each in shorts]]

    def _float(self, lower: Any) -> Any:
        """Of the lower halves of words, which are the upper ones of floats."""
        whole = self.builder.shl(lower, ir.Constant(INTS, [16] * LANES))
        return self.builder.bitcast(whole, FLOATS)
