"""How a step's rows get to the tiles, whichever numbers a model is kept in.

Kernels that are chosen by type: rows are an array as `pack` fills it, or `QuantizedRows`.
"""

from numba import types

from services.worker.engine.compiling import compiled_by_type
from services.worker.engine.packing import pack
from services.worker.engine.quantizing import QuantizedRows, quantize, quantize_all


@compiled_by_type
def room_of(rooms, index):  # type: ignore[no-untyped-def]
    """One of some rooms for rows."""
    if isinstance(rooms, types.Array):
        return lambda rooms, index: rooms[index]
    return lambda rooms, index: QuantizedRows(
        rooms.whole[index], rooms.packed[index], rooms.ranges[index]
    )


@compiled_by_type
def put_row(values, rows, row, count):  # type: ignore[no-untyped-def]
    """All inputs of a row, of so many rows."""
    if isinstance(rows, types.Array):
        return lambda values, rows, row, count: pack(values, rows, row, count, 0)
    return lambda values, rows, row, count: quantize(values, rows, row)


@compiled_by_type
def put_part(values, rows, row, count, first):  # type: ignore[no-untyped-def]
    """A row's inputs from `first` on; then `complete` them."""
    if isinstance(rows, types.Array):
        return lambda values, rows, row, count, first: pack(values, rows, row, count, first)

    def keep(values, rows, row, count, first):  # type: ignore[no-untyped-def]
        own = rows.whole[row, first : first + len(values)]
        for i in range(len(values)):
            own[i] = values[i]

    return keep


@compiled_by_type
def complete(crew, part, rows):  # type: ignore[no-untyped-def]
    """What is to be done with rows that came in parts. Returns the part that follows."""
    if isinstance(rows, types.Array):
        return lambda crew, part, rows: part
    return lambda crew, part, rows: quantize_all(crew, part, rows)
