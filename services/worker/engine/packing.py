"""Rows as the tiles read them: of each tile, input by input, what its rows have there. For AMX, in
lines: one row behind the other, in an array with an axis more.

Rows are spread evenly over tiles, at most MOST_ROWS to each.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from services.worker.engine.compiling import borrowing_by_type, compiled
from services.worker.engine.halves import rounded_half
from services.worker.engine.lines import word_at
from services.worker.engine.llvm import load, viewed
from services.worker.engine.memory import Arena
from services.worker.engine.processor import LANES, MOST_ROWS, WORDS_OF_FOUR

_INDEX, _INT = ir.IntType(64), ir.IntType(32)
_EVERY_OTHER_BYTE, _BYTE = np.int32(0x00FF00FF), np.int32(8)

Word = type[np.float32] | type[np.uint32] | type[np.int32]
IN_FP32, BF16_PAIRS, FP16_PAIRS = np.float32, np.uint32, np.int32
"""A number to a word, or two of them: kernels tell by the type which, since numba has none for
half a word."""


SPARE_LINES = 3
"""That are read behind the last row, since all groups of a block are as high; see `products`."""


def new_packed(
    *times: int,
    rows: int,
    inputs: int,
    word: Word,
    arena: Arena,
    is_filled: bool = False,
    in_lines: bool = False,
) -> NDArray[np.generic]:
    """Room for so many times so many rows of an even number of inputs.

    Zeros, since what no row fills is multiplied, too; or anything, if rows fill all of it.
    """
    words = inputs // (1 if word is IN_FP32 else 2)
    new = arena.empty if is_filled else arena.zeros
    return new((*times, *shape_of(rows, words, in_lines=in_lines)), word)


def shape_of(rows: int, words: int, *, in_lines: bool) -> tuple[int, ...]:
    return (rows + SPARE_LINES, words) if in_lines else (rows * words,)


def are_lines(packed: Any) -> bool:
    """Of numba's type of an array; keys, which are packed, too, have more axes."""
    return bool(packed.ndim == len(shape_of(0, 0, in_lines=True)))


@compiled(borrows=True)
def tiles_of(rows):  # type: ignore[no-untyped-def]
    return (rows + MOST_ROWS - 1) // MOST_ROWS


@compiled(borrows=True)
def first_row(tile, rows):  # type: ignore[no-untyped-def]
    return rows * tile // tiles_of(rows)


@compiled(borrows=True)
def tile_of(row, rows):  # type: ignore[no-untyped-def]
    """The first row of the tile that a row is in, and how many it has."""
    tile = ((row + 1) * tiles_of(rows) - 1) // rows
    start = first_row(tile, rows)
    return start, first_row(tile + 1, rows) - start


@borrowing_by_type
def place_of(row, rows, packed):  # type: ignore[no-untyped-def]
    """Where a row's first word is, and how far it is from there to the next."""

    def in_tile(row, rows, packed):  # type: ignore[no-untyped-def]
        start, height = tile_of(row, rows)
        return start * (len(packed) // rows) + row - start, height

    return (lambda row, rows, packed: (row * packed.shape[1], 1)) if are_lines(packed) else in_tile


@compiled(borrows=True)
def put_four(levels, four, packed, at, height):  # type: ignore[no-untyped-def]
    """Four whole numbers of 0 to 255 of a row, whose words begin there and lie so far apart; in
    words of 16 bits the first and the third, then the other two."""
    word = word_at(levels, 4 * four)
    if WORDS_OF_FOUR == 1:
        packed[at + four * height] = word
    else:
        packed[at + 2 * four * height] = word & _EVERY_OTHER_BYTE
        packed[at + (2 * four + 1) * height] = (word >> _BYTE) & _EVERY_OTHER_BYTE


@compiled(borrows=True)
def pack(values, packed, place, first):  # type: ignore[no-untyped-def]
    """Put an even number of a row's inputs in fp32, from input `first` on, to their places."""
    at, height = place
    pairs = len(values) // 2
    whole = pairs // LANES * LANES
    for pair in range(0, whole, LANES):
        _put_many(packed, at, height, first // 2 + pair, values, pair)
    for pair in range(whole, pairs):
        _put_one(packed, at, height, first // 2 + pair, values, pair)


def _put_pairs(lanes: int) -> Any:
    def put(typing, packed, at, height, pair, values, first):  # type: ignore[no-untyped-def]
        """Some pairs of `values`, from its pair `first` on: as pairs, or as two rows' inputs behind
        each other."""

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            room, values = (
                context.make_array(signature.args[each])(context, builder, arguments[each]).data
                for each in (0, 4)
            )
            at, height, pair, first = (arguments[each] for each in (1, 2, 3, 5))
            place = builder.gep(values, [builder.shl(first, _INDEX(1))])
            words = _words(builder, place, lanes, packed.dtype)
            if packed.dtype == types.float32:
                pair = builder.shl(pair, _INDEX(1))
            if are_lines(packed):
                place = builder.gep(room, [builder.add(at, pair)])
                builder.store(words, viewed(builder, place, words.type)).align = 4
                return context.get_dummy_value()
            for number in range(words.type.count):
                place = builder.mul(builder.add(pair, _INDEX(number)), height)
                word = builder.extract_element(words, _INT(number))
                builder.store(word, builder.gep(room, [builder.add(at, place)]))
            return context.get_dummy_value()

        size, numbers = types.intp, types.Array(types.float32, 1, "C")
        return types.void(packed, size, size, size, numbers, size), generate

    return intrinsic(put)


def _put_line(typing, line, values, start, rows):  # type: ignore[no-untyped-def]
    """WIDTH of `values` from `start` on, in pairs as `rows` has them, next to each other."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        room, values = (
            context.make_array(signature.args[each])(context, builder, arguments[each]).data
            for each in range(2)
        )
        words = _words(builder, builder.gep(values, [arguments[2]]), LANES, rows.dtype)
        builder.store(words, viewed(builder, room, words.type)).align = 4
        return context.get_dummy_value()

    return types.void(line, values, start, rows), generate


def _words(builder: Any, place: Any, pairs: int, kept: Any) -> Any:
    """So many pairs of numbers in fp32 as they are kept in an array of this type."""
    numbers = load(builder, place, ir.VectorType(ir.FloatType(), 2 * pairs))
    if kept == types.float32:
        return numbers
    return (_rounded_pairs if kept == types.uint32 else _pairs_in_fp16)(builder, numbers)


def _pairs_in_fp16(builder: Any, numbers: Any) -> Any:
    """As `_rounded_pairs`, by an instruction where there are fused products."""
    lanes = numbers.type.count
    halves = builder.fptrunc(numbers, ir.VectorType(ir.HalfType(), lanes))
    return builder.bitcast(halves, ir.VectorType(_INT, lanes // 2))


def _rounded_pairs(builder: Any, numbers: Any) -> Any:
    """A vector of fp32, two of which become one number in a vector of half the length."""
    lanes = numbers.type.count // 2
    words = ir.VectorType(_INT, lanes)

    def halves(first: int) -> Any:
        every_other = ir.Constant(words, list(range(first, 2 * lanes, 2)))
        chosen = builder.shuffle_vector(numbers, numbers, every_other)
        return builder.zext(rounded_half(builder, chosen), words)

    return builder.or_(halves(0), builder.shl(halves(1), ir.Constant(words, [16] * lanes)))


_put_one, _put_many = _put_pairs(1), _put_pairs(LANES)
put_line: Any = intrinsic(_put_line)
