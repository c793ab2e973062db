"""Arrays for kernels begin with a line of the cache, and an arena's lie in one piece of memory."""

import errno
import mmap
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from services.worker.engine.memory import LINE_BYTES, Arena, new_zeros, placed

KINDS = [np.float32, np.uint32, np.int32, np.uint8]
SHAPES = [(3,), (5, 7, 3), (2, 0), (300, 1_000)]
PAGE_BYTES = 2 << 20


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_arrays_are_as_they_were_asked_for(shape: tuple[int, ...], kind: type[np.generic]) -> None:
    arena = Arena()
    for _ in range(2):
        arena.empty(shape, kind).fill(7)
        arena.reset()
    kept = [new_zeros(shape, kind), arena.zeros(shape, kind), placed(np.ones(shape, kind))]
    for array in kept:
        assert array.shape == shape
        assert array.dtype == np.dtype(kind)
        assert array.flags.c_contiguous
        assert array.flags.writeable
    zeros, further_zeros, ones = kept
    assert not zeros.any()
    assert not further_zeros.any()
    assert ones.all()


def test_arrays_of_their_own_begin_with_a_page() -> None:
    begins = [begin_of(new_zeros((size,), np.uint8)) for size in (1, 70, PAGE_BYTES + 1)]
    assert not any(begin % PAGE_BYTES for begin in begins)


@pytest.mark.parametrize("sizes", [(5, 64, 3_000_000, 1, 9_000_000), (1, 1, 1), (70, 0, 0, 70)])
def test_arrays_of_an_arena_begin_with_a_line_and_share_nothing(sizes: tuple[int, ...]) -> None:
    arena = Arena()
    for _ in range(3):
        arena.reset()
        arrays = [arena.empty((size,), np.uint8) for size in sizes]
        for number, array in enumerate(arrays, start=1):
            array.fill(number)
        assert all((array == number).all() for number, array in enumerate(arrays, start=1))
        assert not any(array.size and begin_of(array) % LINE_BYTES for array in arrays)


def test_what_was_in_an_arena_once_lies_in_one_piece_from_then_on() -> None:
    arena = Arena()
    shapes = [(11, 320, 70), (5,), (23, 32, 768), (16, 5_001)]
    for shape in shapes:
        arena.empty(shape, np.float32)
    begins = []
    for _ in range(2):
        arena.reset()
        arrays = [arena.empty(shape, np.float32) for shape in shapes]
        begins.append([begin_of(array) for array in arrays])
    assert begins[0] == begins[1]
    for array, (begin, onward) in zip(arrays, pairwise(begins[0]), strict=False):
        assert onward - begin in range(array.nbytes, array.nbytes + LINE_BYTES)


def test_a_larger_arena_leaves_earlier_arrays_alone() -> None:
    arena = Arena()
    arena.empty((1_000,), np.uint8)
    arena.reset()
    before = arena.zeros((1_000,), np.uint8)
    arena.empty((5_000_000,), np.uint8)
    arena.reset()
    arena.empty((5_000_000,), np.uint8).fill(7)
    assert not before.any()


def test_once_the_largest_was_there_all_lie_in_the_same_memory() -> None:
    arena = Arena()
    begins = []
    for rows in (16, 80, 16, 80, 16, 80):
        arena.reset()
        begins.append(begin_of(arena.empty((rows, 100_000), np.uint8)))
    assert len(set(begins[2:])) == 1


def test_memory_that_there_is_not_is_a_memory_error() -> None:
    with pytest.raises(MemoryError, match="bytes"):
        new_zeros((1 << 60,), np.uint8)


@pytest.mark.parametrize("are_there", [True, False])
def test_large_pages_are_asked_for_and_done_without(
    are_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    class Mapped(mmap.mmap):
        def madvise(self, *advice: int) -> None:
            asked.append(advice)
            if not are_there:
                raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(mmap, "mmap", Mapped)
    monkeypatch.setattr(mmap, "MADV_HUGEPAGE", 14, raising=False)
    array = new_zeros((3, 1 << 20), np.float32)
    assert asked == [(14,)], "of the whole mapping"
    array.fill(1)
    assert array.all()


def begin_of(array: NDArray[np.generic]) -> int:
    return array.ctypes.data
