"""Arrays for kernels begin with a line of the cache, and an arena's lie in one piece of memory."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from services.worker.engine.memory import LINE_BYTES, Arena, new_zeros, placed

KINDS = [np.float32, np.uint32, np.int32, np.uint8]
SHAPES = [(3,), (5, 7, 3), (2, 0), (300, 1_000)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_arrays_begin_with_a_line(shape: tuple[int, ...], kind: type[np.generic]) -> None:
    arena = Arena()
    kept = [
        new_zeros(shape, kind),
        placed(np.ones(shape, kind)),
        arena.zeros(shape, kind),
        arena.empty(shape, kind),
    ]
    for array in kept:
        assert array.shape == shape
        assert array.dtype == np.dtype(kind)
        assert array.flags.c_contiguous
        assert array.size == 0 or array.ctypes.data % LINE_BYTES == 0
    zeros, ones, further_zeros, room = kept
    room.fill(7)
    assert not zeros.any()
    assert ones.all()
    assert not further_zeros.any()


def test_arrays_of_an_arena_share_nothing_until_it_is_reset() -> None:
    arena = Arena()
    before = [arena.empty((size,), np.uint8) for size in (5, 64, 3_000_000, 1, 9_000_000)]
    for number, array in enumerate(before, start=1):
        array.fill(number)
    assert all((array == number).all() for number, array in enumerate(before, start=1))
    arena.reset()
    again = arena.zeros((100,), np.uint8)
    assert not again.any()


def test_an_arena_that_held_some_arrays_once_holds_them_in_one_piece() -> None:
    arena = Arena()
    shapes = [(11, 320, 70), (4,), (23, 32, 768), (16, 5_000)]
    for _ in range(4):
        arena.reset()
        arrays = [arena.empty(shape, np.float32) for shape in shapes]
    first = [begin_of(array) for array in arrays]
    for one, (begin, onward) in zip(arrays, pairwise(first), strict=False):
        assert onward - begin in range(one.nbytes, one.nbytes + LINE_BYTES)
    arena.reset()
    assert [begin_of(arena.empty(shape, np.float32)) for shape in shapes] == first


@pytest.mark.skipif(
    not Path("/sys/kernel/mm/transparent_hugepage").exists(), reason="no large pages on this system"
)
def test_large_pages_are_asked_for() -> None:
    array = new_zeros((3, 1 << 20), np.float32)
    assert "hg" in flags_at(begin_of(array))


def begin_of(array: NDArray[np.float32]) -> int:
    return array.ctypes.data


def flags_at(address: int) -> list[str]:
    """Of the mapping that an address is in, as `proc_pid_smaps(5)` has them."""
    is_in = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if bounds := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            is_in = int(bounds[1], 16) <= address < int(bounds[2], 16)
        elif is_in and line.startswith("VmFlags:"):
            return line.split()[1:]
    raise AssertionError(f"nothing is mapped at {address:x}")
