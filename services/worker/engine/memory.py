"""Memory for the arrays that kernels read: in large pages where the system has some, and each array
begins with a line of the cache.

What malloc gives again has been in pages of 4 KB before and stays so, and a step that reads all
weights spends a tenth of its time on looking up where these are. Numpy's arrays begin 16 bytes
behind a line, and then each wide register or row of a tile is read from two.
"""

import contextlib
import math
import mmap
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

LINE_BYTES = 64
_PAGE_BYTES = 2 << 20
"""Of a large page; as these processors have it, and otherwise room for nothing."""


class Arena:
    """Memory for arrays all of which are given up at once.

    The next ones lie in the same: the system clears each page that it gives, which takes longer
    than many a step.
    """

    def __init__(self) -> None:
        self._memory, self._used = _new_pages(0), 0

    def reset(self) -> None:
        """Arrays from before are overwritten from now on."""
        self._used = 0

    def empty(self, shape: tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
        count = _bytes_of(shape, kind)
        if self._used + count > len(self._memory):
            self._memory, self._used = _new_pages(max(count, 2 * len(self._memory))), 0
        room = self._memory[self._used : self._used + count]
        self._used += -(-count // LINE_BYTES) * LINE_BYTES
        return room.view(kind).reshape(shape)

    def zeros(self, shape: tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
        array = self.empty(shape, kind)
        array.fill(0)
        return array


def new_zeros(shape: tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
    """In memory of its own, so for what is large: a page is what it takes at least."""
    return _new_pages(_bytes_of(shape, kind)).view(kind).reshape(shape)


def placed(array: NDArray[Any]) -> NDArray[Any]:
    """A copy, as `new_zeros` has it."""
    made = new_zeros(array.shape, array.dtype)
    made[...] = array
    return made


def _bytes_of(shape: tuple[int, ...], kind: DTypeLike) -> int:
    return math.prod(shape) * np.dtype(kind).itemsize


def _new_pages(count: int) -> NDArray[np.uint8]:
    """So many zeros, from the begin of a page on, which none but them are in.

    Raises OSError.
    """
    pages = -(-count // _PAGE_BYTES) + 1
    mapped = mmap.mmap(-1, pages * _PAGE_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel without them: small ones do as well
            mapped.madvise(mmap.MADV_HUGEPAGE)
    room = np.frombuffer(mapped, np.uint8)
    first = -room.ctypes.data % _PAGE_BYTES
    return room[first : first + count]
