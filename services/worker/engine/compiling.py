"""How kernels are compiled, for the processor that runs them."""

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba.extending import overload

Kernel = Callable[..., Any]
# A product and a sum may be fused, which is the same in every run of the same code.
_FUSED, _REORDERED = {"contract"}, {"contract", "reassoc"}
_OPTIONS: Any = {"nogil": True, "error_model": "numpy", "fastmath": _FUSED}
_BORROWED: Any = {"_nrt": False}
"""Not in numba's manual, but how it compiles some of its own. It holds for what such a kernel
calls, too."""
_FOLDER = Path(__file__).parent
_MARKS = (b"numba", b"llvmlite", b"engine.compiling")
"""Of a file with kernels, or parts of them."""


def _sources(folder: Path) -> str:
    """What tells the kernels here from those of another version."""
    sources = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        source = path.read_bytes()
        if any(mark in source for mark in _MARKS):
            sources.update(source)
    return sources.hexdigest()


def forget_stale(folder: Path) -> None:
    """Numba compiles a kernel anew if its own file has changed, but not for one that it calls."""
    kept, sources = folder / "__pycache__", _sources(folder)
    stamp = kept / "kernels.sha256"
    with contextlib.suppress(OSError):  # a folder that cannot be written to holds none of ours
        kept.mkdir(exist_ok=True)
        if stamp.exists() and stamp.read_text() == sources:
            return
        for kernel in kept.glob("*.nb[ic]"):
            kernel.unlink(missing_ok=True)
        stamp.write_text(sources)


_config: Any = numba.config
if _config.CACHE_DIR:  # NUMBA_CACHE_DIR: several versions may keep theirs there
    _config.CACHE_DIR = str(Path(_config.CACHE_DIR, _sources(_FOLDER)))
else:
    forget_stale(_FOLDER)


def compiled(
    *, parallel: bool = False, any_order: bool = False, exactly: bool = False, borrows: bool = False
) -> Callable[[Kernel], Kernel]:
    """Kept on disk where there is a folder to write to: compiling takes seconds.

    `any_order`: what is added, or multiplied, may be so in another order. `exactly`: nothing may be
    fused either, so that numpy comes to the same. `borrows`: it makes no array and returns none,
    so it need not count who holds those it is given; two threads that count wait for each other.
    """
    freedom = set() if exactly else _REORDERED if any_order else _FUSED
    options = {**_OPTIONS, "parallel": parallel, "fastmath": freedom}
    if borrows:
        options |= _BORROWED

    def compile_(function: Kernel) -> Kernel:
        try:
            return _compile(function, options, cache=True)
        except RuntimeError:  # there is none
            return _compile(function, options, cache=False)

    return compile_


def compiled_by_type(choose: Kernel) -> Kernel:
    """For kernels to call: `choose` gets the types of a call's arguments and returns what is
    compiled for it, a function of the same arguments."""
    return _by_type(choose, _OPTIONS)


def borrowing_by_type(choose: Kernel) -> Kernel:
    """The same of what borrows its arrays."""
    return _by_type(choose, _OPTIONS | _BORROWED)


def _by_type(choose: Kernel, options: Any) -> Kernel:
    known: Kernel = overload(choose, jit_options=options)(choose)
    return known


def _compile(function: Kernel, options: dict[str, Any], *, cache: bool) -> Kernel:
    kernel: Kernel = numba.njit(function, cache=cache, **options)
    return kernel
