"""How kernels are compiled, for the processor that runs them."""

from collections.abc import Callable
from typing import Any

import numba
from numba.extending import overload

Kernel = Callable[..., Any]
# A product and a sum may be fused, which is the same in every run of the same code.
_OPTIONS: Any = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}


def compiled(*, parallel: bool = False) -> Callable[[Kernel], Kernel]:
    """Kept on disk where there is a folder to write to: compiling takes seconds."""

    def compile_(function: Kernel) -> Kernel:
        try:
            return _compile(function, parallel, cache=True)
        except RuntimeError:  # there is none
            return _compile(function, parallel, cache=False)

    return compile_


def compiled_by_type(choose: Kernel) -> Kernel:
    """For kernels to call: `choose` gets the types of a call's arguments and returns what is
    compiled for it, a function of the same arguments."""
    known: Kernel = overload(choose, jit_options=_OPTIONS)(choose)
    return known


def _compile(function: Kernel, parallel: bool, *, cache: bool) -> Kernel:
    kernel: Kernel = numba.njit(function, parallel=parallel, cache=cache, **_OPTIONS)
    return kernel
