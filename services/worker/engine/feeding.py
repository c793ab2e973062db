"""How a step's rows get to the tiles, whichever numbers a model is kept in.

Kernels that are chosen by type: rows are an array as `pack` fills it, or `QuantizedRows`.
"""

from numba import types

from services.worker.engine.compiling import borrowing_by_type, compiled, compiled_by_type
from services.worker.engine.packing import are_lines, pack, place_of, put_line
from services.worker.engine.processor import WIDTH
from services.worker.engine.quantizing import QuantizedRows, quantize, quantize_all


@compiled_by_type
def room_of(rooms, index):  # type: ignore[no-untyped-def]
    """One of some rooms for rows."""
    if isinstance(rooms, types.Array):
        return lambda rooms, index: rooms[index]
    return lambda rooms, index: QuantizedRows(
        rooms.whole[index], rooms.packed[index], rooms.ranges[index]
    )


@borrowing_by_type
def put_row(values, levels, rows, row, count):  # type: ignore[no-untyped-def]
    """All inputs of a row, of so many rows. `levels` is room for as many bytes."""
    if isinstance(rows, types.Array):
        return lambda values, levels, rows, row, count: pack(
            values, rows, place_of(row, count, rows), 0
        )
    return lambda values, levels, rows, row, count: quantize(values, levels, rows, row)


@borrowing_by_type
def place_in(rows, row, count):  # type: ignore[no-untyped-def]
    """Where parts of a row are put, of so many rows, and how far their inputs lie apart.

    The next row of the same tile has the place behind, if they are not in lines.
    """
    if isinstance(rows, types.Array):
        return lambda rows, row, count: place_of(row, count, rows)
    return lambda rows, row, count: (row, 1)


@borrowing_by_type
def put_part(values, rows, place, first):  # type: ignore[no-untyped-def]
    """A row's inputs from `first` on; then `complete` them."""
    if isinstance(rows, types.Array):
        return lambda values, rows, place, first: pack(values, rows, place, first)

    def keep(values, rows, place, first):  # type: ignore[no-untyped-def]
        own = rows.whole[place[0], first : first + len(values)]
        for i in range(len(values)):
            own[i] = values[i]

    return keep


@borrowing_by_type
def put_tile(values, start, height, lines, rows, first, count, output):  # type: ignore[no-untyped-def]
    """Inputs from `output` on of all rows of a tile, which begins with row `first` of `count`: the
    rows of `values` from `start` on. `lines` is room for a tile's pairs."""

    def in_parts(values, start, height, lines, rows, first, count, output):  # type: ignore[no-untyped-def]
        _copy(values, start, height, rows.whole, first, output)

    def in_floats(values, start, height, lines, rows, first, count, output):  # type: ignore[no-untyped-def]
        at = first * (len(rows) // count) + output * height
        _turn(values, start, height, rows, at)

    def in_pairs(values, start, height, lines, rows, first, count, output):  # type: ignore[no-untyped-def]
        for row in range(height):
            put_line(lines[row], values, (start + row) * WIDTH, rows)
        at = first * (len(rows) // count) + output // 2 * height
        _turn(lines, 0, height, rows, at)

    def in_lines(values, start, height, lines, rows, first, count, output):  # type: ignore[no-untyped-def]
        for row in range(height):
            pack(values[start + row], rows, place_of(first + row, count, rows), output)

    if not isinstance(rows, types.Array):
        return in_parts
    if are_lines(rows):
        return in_lines
    return in_floats if rows.dtype == types.float32 else in_pairs


@compiled(borrows=True)
def _copy(values, start, height, whole, first, output):  # type: ignore[no-untyped-def]
    for row in range(height):
        for i in range(WIDTH):
            whole[first + row, output + i] = values[start + row, i]


@compiled(borrows=True)
def _turn(lines, start, height, rows, at):  # type: ignore[no-untyped-def]
    """Some rows of lines to where the tiles read them, each column's beside each other."""
    for i in range(lines.shape[1]):
        for row in range(height):
            rows[at + i * height + row] = lines[start + row, i]


@compiled_by_type
def complete(crew, part, rows):  # type: ignore[no-untyped-def]
    """What is to be done with rows that came in parts. Returns the part that follows."""
    if isinstance(rows, types.Array):
        return lambda crew, part, rows: part
    return lambda crew, part, rows: quantize_all(crew, part, rows)
