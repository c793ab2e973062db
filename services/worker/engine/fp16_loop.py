"""The loop for pairs in fp16, of which a register multiplies twice as many as numbers in fp32.

A sum, too, is in fp16 for CHAIN products, one after the other, and then added to one in fp32: of
the pairs' first numbers one, and one of their second. So what the rounding of sums takes from the
bundled model stays below what rounding its weights to bf16 does; see the tests of models.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from services.worker.engine.llvm import function, load
from services.worker.engine.processor import LANES, WIDTH
from services.worker.engine.tile_loop import FLOATS, HALVES, INDEX, INT, INTS, TileLoop, meet

CHAIN = 32
_PAIRS = ir.VectorType(ir.HalfType(), 2 * LANES)


@dataclass(frozen=True, slots=True)
class Fp16Loop(TileLoop):
    """Of each row's outputs in a half, pairs lie in one register, and their sums in two."""

    def generate(self) -> None:
        builder = self.builder
        cells = [(row, half) for row in range(self.rows) for half in HALVES]
        before = builder.block
        loop, after = (builder.append_basic_block(name) for name in ("chains", "after"))
        builder.branch(loop)
        builder.position_at_end(loop)
        start = builder.phi(INDEX)
        sums = [[builder.phi(FLOATS), builder.phi(FLOATS)] for _ in cells]
        full = builder.add(start, INDEX(CHAIN))
        end = builder.select(builder.icmp_signed("<", full, self.inputs), full, self.inputs)
        chains = self._add_products(start, end)
        totals = [self._added(*each) for each in zip(sums, chains, strict=True)]
        builder.cbranch(builder.icmp_signed("<", end, self.inputs), loop, after)
        meet(start, (INDEX(0), before), (end, builder.block))
        zero = ir.Constant(FLOATS, [0.0] * LANES)
        for phis, own in zip(sums, totals, strict=True):
            for phi, total in zip(phis, own, strict=True):
                meet(phi, (zero, before), (total, builder.block))
        builder.position_at_end(after)
        for (row, half), (lower, upper) in zip(cells, totals, strict=True):
            former = load(builder, self.place(row, half), FLOATS)
            firsts, seconds = (
                self._lanes(lower, upper, range(first, 2 * LANES, 2)) for first in range(2)
            )
            self.store(row, half, builder.fadd(former, builder.fadd(firsts, seconds)))

    def _add_products(self, start: Any, end: Any) -> list[Any]:
        """Of each cell, of the words from `start` to `end`."""
        builder = self.builder
        before = builder.block
        loop, after = (builder.append_basic_block(name) for name in ("pairs", "sums"))
        builder.branch(loop)
        builder.position_at_end(loop)
        index = builder.phi(INDEX)
        chains = [builder.phi(_PAIRS) for _ in range(self.rows * len(HALVES))]
        totals = self._add_pairs(index, chains)
        following = builder.add(index, INDEX(1))
        builder.cbranch(builder.icmp_signed("<", following, end), loop, after)
        meet(index, (start, before), (following, loop))
        zero = ir.Constant(_PAIRS, [0.0] * (2 * LANES))
        for phi, total in zip(chains, totals, strict=True):
            meet(phi, (zero, before), (total, loop))
        builder.position_at_end(after)
        return totals

    def _add_pairs(self, index: Any, chains: Sequence[Any]) -> list[Any]:
        builder = self.builder
        panel = builder.gep(self.weights, [builder.mul(index, INDEX(WIDTH))])
        weights = [
            load(builder, builder.gep(panel, [INDEX(half * LANES)]), _PAIRS) for half in HALVES
        ]
        self.send_ahead(index)
        first = builder.gep(self.x, [builder.mul(index, INDEX(self.rows))])
        fused = function(builder, f"llvm.fma.v{2 * LANES}f16", _PAIRS, *[_PAIRS] * 3)
        totals = []
        for row in range(self.rows):
            pair = self.broadcast(builder.load(builder.gep(first, [INDEX(row)])), INTS)
            factors = builder.bitcast(pair, _PAIRS)
            for half in HALVES:
                chain = chains[row * len(HALVES) + half]
                totals.append(builder.call(fused, [factors, weights[half], chain]))
        return totals

    def _added(self, sums: Sequence[Any], chain: Any) -> list[Any]:
        """A chain's first and last outputs, to the sums of each."""
        halves = (self._lanes(chain, chain, range(first, first + LANES)) for first in (0, LANES))
        builder = self.builder
        return [
            builder.fadd(own, builder.fpext(half, FLOATS))
            for own, half in zip(sums, halves, strict=True)
        ]

    def _lanes(self, first: Any, second: Any, chosen: range) -> Any:
        """Some lanes of two registers."""
        lanes = ir.Constant(ir.VectorType(INT, len(chosen)), list(chosen))
        return self.builder.shuffle_vector(first, second, lanes)
