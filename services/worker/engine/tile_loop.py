"""What the innermost loops of a matrix product share, in LLVM's own words."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from services.worker.engine.llvm import send_for, viewed
from services.worker.engine.processor import LANES, WIDTH

INDEX, INT = ir.IntType(64), ir.IntType(32)
FLOATS = ir.VectorType(ir.FloatType(), LANES)
INTS = ir.VectorType(INT, LANES)
HALVES = range(WIDTH // LANES)
"""Of a panel's outputs: as many as a register has sums in fp32."""
_OF_PANELS, _OF_HALVES = INDEX(WIDTH), INDEX(LANES)


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
    stride: Any = _OF_PANELS
    """How far the weights of an input lie from those of the next one."""
    between: Any = _OF_HALVES
    """And those of a register from those of the next."""
    registers: range = HALVES
    """Of a row's outputs."""

    @abstractmethod
    def generate(self) -> None:
        """Add all inputs' products to the result."""

    def place(self, row: int, register: int) -> Any:
        """Where a row's outputs of a register are."""
        builder = self.builder
        offset = builder.add(builder.mul(self.gap, INDEX(row)), INDEX(register * LANES))
        return builder.gep(self.result, [offset])

    def line(self, first: Any, index: Any, register: int) -> Any:
        """Where the weights of a register are for one input, or for those of one word."""
        builder = self.builder
        offset = builder.mul(index, self.stride)
        if register:
            offset = builder.add(offset, builder.mul(self.between, INDEX(register)))
        return builder.gep(first, [offset])

    def store(self, row: int, register: int, sums: Any) -> None:
        place = viewed(self.builder, self.place(row, register), sums.type)
        self.builder.store(sums, place).align = 4

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
            send_for(builder, builder.gep(self.ahead, [builder.add(start, step)]))


def meet(phi: Any, *incoming: tuple[Any, Any]) -> None:
    for value, block in incoming:
        phi.add_incoming(value, block)
