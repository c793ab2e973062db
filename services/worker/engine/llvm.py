"""What several of numba's kernels have to say in LLVM's own words."""

from collections.abc import Iterator
from typing import Any

from llvmlite import ir


def load(builder: Any, place: Any, kind: Any) -> Any:
    """A vector of this kind, whatever the numbers that lie there are called."""
    vector = builder.load(viewed(builder, place, kind))
    vector.align = 2  # no more is known of where it lies
    return vector


def viewed(builder: Any, place: Any, kind: Any) -> Any:
    """A place as one of this kind."""
    return builder.bitcast(place, kind.as_pointer())


def element(context: Any, builder: Any, signature: Any, values: Any, array: int, at: int) -> Any:
    """Where an array's element is: numbers of an intrinsic's arguments."""
    made = context.make_array(signature.args[array])(context, builder, values[array])
    return builder.gep(made.data, [values[at]])


def each_of(builder: Any, value: Any, most: int) -> Iterator[int]:
    """The numbers from 1 to `most`: what is generated at each is for a value of that."""
    done = builder.append_basic_block("done")
    cases = builder.switch(value, done)
    for number in range(1, most + 1):
        block = builder.append_basic_block(f"case{number}")
        cases.add_case(value.type(number), block)
        builder.position_at_end(block)
        yield number
        builder.branch(done)
    builder.position_at_end(done)


def function(builder: Any, name: str, result: Any, *arguments: Any) -> Any:
    """An outer function or an instruction of LLVM, declared once."""
    known = builder.module.globals.get(name)
    return known or ir.Function(builder.module, ir.FunctionType(result, arguments), name)


def send_for(builder: Any, place: Any) -> None:
    """Ask for the cache line that lies there, into the second cache; nobody waits for it."""
    byte, number = ir.IntType(8), ir.IntType(32)
    to_read, second_cache, data = number(0), number(2), number(1)
    prefetch = function(
        builder, "llvm.prefetch.p0", ir.VoidType(), byte.as_pointer(), *[number] * 3
    )
    builder.call(prefetch, [viewed(builder, place, byte), to_read, second_cache, data])
