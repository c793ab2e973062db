"""The loop for numbers that are multiplied in words: fp32, pairs in bf16 or in whole numbers of 16
bits, fours of bytes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from services.worker.engine.llvm import function, load
from services.worker.engine.processor import CAN_DOT, LANES, MOST_ROWS
from services.worker.engine.tile_loop import FLOATS, INDEX, INT, INTS, TileLoop, meet

DOT = {16: "vpdpbusd", 8: "{vex} vpdpbusd"}
"""By lanes: AVX-512's, and AVX-VNNI's, which an assembler encodes so only if told to."""
_MOST_AT_ONCE = 3 if LANES == 8 else MOST_ROWS
"""Rows that are multiplied by both parts of a weight in one pass. In AVX's sixteen registers LLVM
finds too little room for the sums of more: in two passes four rows took 0.93 of the time, five as
long, and six 0.88 (the first Zen)."""
_SHORTS = ir.VectorType(ir.IntType(16), 2 * LANES)


@dataclass(frozen=True, slots=True)
class WordLoop(TileLoop):
    """Each element is one chain of fused multiply-adds in the order of the inputs, in registers all
    along. Whole numbers are added exactly in any order."""

    def generate(self) -> None:
        if self._in_shorts and self.rows > _MOST_AT_ONCE:
            for part in range(self._parts):
                self._go_through(range(part, part + 1))
        else:
            self._go_through(range(self._parts))

    def _go_through(self, parts: range) -> None:
        """All inputs, or some of those of each word."""
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
        totals = self._add_products(index, sums, parts)
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

    def _add_products(
        self, index: Any, sums: Sequence[Sequence[Any]], parts: range
    ) -> list[list[Any]]:
        builder, multiply_add = self.builder, self._multiply_add
        first = builder.gep(self.x, [builder.mul(index, INDEX(self._parts * self.rows))])
        kind = INTS if self._in_words else FLOATS
        totals = [list(own) for own in sums]
        for part in parts:
            ours = self._weights(index, part)
            if part == 0:
                self.send_ahead(index)
            for row, own in enumerate(totals):
                place = builder.gep(first, [INDEX(part * self.rows + row)])
                factor = self.broadcast(builder.load(place), kind)
                own[:] = [multiply_add(factor, ours[each], own[each]) for each in self.registers]
        return totals

    @property
    def _parts(self) -> int:
        """Of a word of weights, one after the other, each for words of rows of its own."""
        return 2 if self._in_shorts or self._in_halves else 1

    @property
    def _sums(self) -> Any:
        return INTS if self._in_fours else FLOATS

    @property
    def _in_fours(self) -> bool:
        return bool(self.result.type.pointee == INT)

    @property
    def _in_shorts(self) -> bool:
        """Fours of bytes, two of which are multiplied at once."""
        return self._in_fours and not CAN_DOT

    @property
    def _in_halves(self) -> bool:
        """Weights in bf16, and inputs in fp32."""
        return not self._in_words and bool(self.weights.type.pointee == INT)

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
        text, words = f"{DOT[LANES]} $3, $2, $0", (total, factors, weights)
        return self.builder.asm(kind, text, "=v,0,v,v", words, side_effect=False)

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

    def _weights(self, index: Any, part: int) -> list[Any]:
        """Of an input, or of those of a word, for each register."""
        kept = ir.VectorType(self.weights.type.pointee, LANES)
        lines = [self.line(self.weights, index, register) for register in self.registers]
        return [self._part(load(self.builder, line, kept), part) for line in lines]

    def _part(self, words: Any, part: int) -> Any:
        """The first or the second of two inputs in bf16; of four in bytes the first and the third,
        or the others. What is not in parts, as it is."""
        builder = self.builder
        if self._in_shorts:
            byte = ir.Constant(_SHORTS, [8] * 2 * LANES)
            shorts = builder.bitcast(words, _SHORTS)
            return builder.ashr(shorts if part else builder.shl(shorts, byte), byte)
        if self._in_halves:
            half, upper = (ir.Constant(INTS, [value] * LANES) for value in (16, 0xFFFF0000))
            whole = builder.and_(words, upper) if part else builder.shl(words, half)
            return builder.bitcast(whole, FLOATS)
        return words
