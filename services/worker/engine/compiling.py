"""How kernels are compiled, for the processor that runs them."""

from collections.abc import Callable
from typing import Any

import numba

Kernel = Callable[..., Any]


def compiled(*, parallel: bool = False) -> Callable[[Kernel], Kernel]:
    """Kept on disk where there is a folder to write to: compiling takes seconds."""

    def compile_(function: Kernel) -> Kernel:
        try:
            return _compile(function, parallel, cache=True)
        except RuntimeError:  # there is none
            return _compile(function, parallel, cache=False)

    return compile_


def _compile(function: Kernel, parallel: bool, *, cache: bool) -> Kernel:
    """A product and a sum may be fused, which is the same in every run of the same code."""
    return numba.njit(
        function,
        nogil=True,
        error_model="numpy",
        fastmath={"contract"},
        parallel=parallel,
        cache=cache,
    )
