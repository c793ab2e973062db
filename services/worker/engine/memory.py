"""Memory for the arrays that kernels read: in large pages where the system has some, and each array
begins with a line of the cache.

What malloc gives a second time stays in the pages that it was in, of 4 KB mostly: a step of 16
stories in int8 took 0.9 of its time when all memory of its process was moved to large ones
(tests/bench/RESULTS.md). Numpy's arrays begin 16 bytes behind a line as a rule, and then each wide
register or row of a tile is read from two.
"""

import contextlib
import math
import mmap
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

LINE_BYTES = 64
_PAGE_BYTES = 2 << 20
"""Of a large page on most processors; where it is another, this is merely where arrays begin."""


class Arena:
    """Memory for arrays all of which are given up at once, and in which the next ones lie: pages
    that the system gives anew it has to clear.

    It keeps as much as was ever used at once.
    """

    def __init__(self) -> None:
        self._memory, self._used = _new_pages(0), 0

    def reset(self) -> None:
        """What arrays from before hold is overwritten from now on; their memory stays theirs."""
        if self._used > len(self._memory):
            self._memory = _new_pages(max(self._used, 2 * len(self._memory)))
        self._used = 0

    def empty(self, shape: tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
        """In pages of its own where there is no room, which there is from the next reset on.

        Raises MemoryError.
        """
        count = _bytes_of(shape, kind)
        begin, end = self._used, self._used + count
        self._used += -(-count // LINE_BYTES) * LINE_BYTES
        room = self._memory[begin:end] if end <= len(self._memory) else _new_pages(count)
        return room.view(kind).reshape(shape)

    def zeros(self, shape: tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
        """Raises MemoryError."""
        array = self.empty(shape, kind)
        array.fill(0)
        return array


def new_zeros(shape: tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
    """In pages of its own, so for what is large. Raises MemoryError."""
    return _new_pages(_bytes_of(shape, kind)).view(kind).reshape(shape)


def placed(array: NDArray[Any]) -> NDArray[Any]:
    """A copy in pages of its own. Raises MemoryError."""
    made = new_zeros(array.shape, array.dtype)
    made[...] = array
    return made


def _bytes_of(shape: tuple[int, ...], kind: DTypeLike) -> int:
    return math.prod(shape) * np.dtype(kind).itemsize


def _new_pages(count: int) -> NDArray[np.uint8]:
    """So many zeros, from where a large page begins. They go with the last array in them."""
    size = (-(-count // _PAGE_BYTES) + 1) * _PAGE_BYTES
    try:
        mapped = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError as error:
        raise MemoryError(f"no {size} bytes for arrays") from error
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel without them: small ones do as well
            mapped.madvise(mmap.MADV_HUGEPAGE)
    room = np.frombuffer(mapped, np.uint8)
    first = -room.ctypes.data % _PAGE_BYTES
    return room[first : first + count]
