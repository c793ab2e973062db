"""Arrays for kernels begin with a line of the cache, whatever memory they are in."""

import numpy as np
import pytest

from services.worker.engine.aligned import LINE_BYTES, aligned, new_empty, new_zeros

KINDS = [np.float32, np.uint32, np.int32, np.uint8]
SHAPES = [(3,), (5, 7, 3), (2, 0), (300, 1_000)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_arrays_begin_with_a_line(shape: tuple[int, ...], kind: type[np.generic]) -> None:
    kept = [new_zeros(shape, kind), new_empty(shape, kind), aligned(np.ones(shape, kind))]
    for array in kept:
        assert array.shape == shape
        assert array.dtype == np.dtype(kind)
        assert array.flags.c_contiguous
        assert array.size == 0 or array.ctypes.data % LINE_BYTES == 0
    zeros, room, ones = kept
    room.fill(7)
    assert not zeros.any()
    assert ones.all()
