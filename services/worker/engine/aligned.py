"""Arrays that begin with a line of the cache.

Numpy's begin 16 bytes behind one as a rule, and then each wide register or row of a tile is read
from two.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

LINE_BYTES = 64


def new_empty(shape: tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
    return _in_lines(np.empty(_room_for(shape, kind), np.uint8), shape, kind)


def new_zeros(shape: tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
    return _in_lines(np.zeros(_room_for(shape, kind), np.uint8), shape, kind)


def aligned(array: NDArray[Any]) -> NDArray[Any]:
    """A copy."""
    made = new_empty(array.shape, array.dtype)
    made[...] = array
    return made


def _room_for(shape: tuple[int, ...], kind: DTypeLike) -> int:
    """In bytes, wherever it begins."""
    return math.prod(shape) * np.dtype(kind).itemsize + LINE_BYTES


def _in_lines(room: NDArray[np.uint8], shape: tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
    first = -room.ctypes.data % LINE_BYTES
    return room[first : first + len(room) - LINE_BYTES].view(kind).reshape(shape)
