"""What the innermost loops of a matrix product share, in LLVM's own words."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from services.worker.engine.llvm import function, viewed
from services.worker.engine.processor import LANES, WIDTH

INDEX, INT = ir.IntType(64), ir.IntType(32)
FLOATS = ir.VectorType(ir.FloatType(), LANES)
INTS = ir.VectorType(INT, LANES)
HALVES = range(WIDTH // LANES)
"""Of a tile's outputs: as many as a register has sums in fp32."""


@dataclass(frozen=True, slots=True)
class TileLoop(ABC):
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

    @abstractmethod
    def generate(self) -> None:
        """Add all inputs' products to the result."""

    def place(self, row: int, half: int) -> Any:
        """Where a row's outputs of a half are."""
        builder = self.builder
        offset = builder.add(builder.mul(self.gap, INDEX(row)), INDEX(half * LANES))
        return builder.gep(self.result, [offset])

    def store(self, row: int, half: int, sums: Any) -> None:
        self.builder.store(sums, viewed(self.builder, self.place(row, half), sums.type)).align = 4

    def broadcast(self, value: Any, kind: Any) -> Any:
        """One value in every lane of a vector of this kind."""
        undefined = ir.Constant(kind, ir.Undefined)
        one = self.builder.insert_element(undefined, value, INT(0))
        lanes = ir.Constant(ir.VectorType(INT, kind.count), [0] * kind.count)
        return self.builder.shuffle_vector(one, undefined, lanes)

    def send_ahead(self, index: Any) -> None:
        """In as many streams as there are halves, since a core's own prefetchers follow several."""
        builder, streams = self.builder, INDEX(len(HALVES))
        apart = builder.sdiv(builder.mul(self.inputs, self.pace), streams)
        step = builder.sdiv(builder.mul(index, self.pace), streams)
        for stream in HALVES:
            start = builder.mul(apart, INDEX(stream))
            self._send_for(builder.gep(self.ahead, [builder.add(start, step)]))

    def _send_for(self, place: Any) -> None:
        builder = self.builder
        byte = ir.IntType(8)
        to_read, second_cache, data = INT(0), INT(2), INT(1)
        prefetch = function(
            builder, "llvm.prefetch.p0", ir.VoidType(), byte.as_pointer(), *[INT] * 3
        )
        builder.call(prefetch, [viewed(builder, place, byte), to_read, second_cache, data])


def meet(phi: Any, *incoming: tuple[Any, Any]) -> None:
    for value, block in incoming:
        phi.add_incoming(value, block)
