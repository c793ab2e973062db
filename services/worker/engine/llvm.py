"""What several of numba's kernels have to say in LLVM's own words."""

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
