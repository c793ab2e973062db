"""Matrix products by AMX, Intel's instructions for whole matrices: a register holds 16 lines of 64
bytes, and one instruction adds the products of two of them to a third (Intel 64 and IA-32
Architectures Software Developer's Manual, volume 1, chapter 18).

Rows of x lie in lines, one behind the other; panels lie as for the other loops, since a word of
theirs is what the instruction multiplies at once. Each sum is of its own row and output, so that no
bit depends on how many rows are multiplied together.
"""

import ctypes
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from services.worker.engine.compiling import compiled
from services.worker.engine.llvm import each_of, element, function, send_for, viewed
from services.worker.engine.processor import HAS_AMX, WIDTH
from services.worker.engine.tile_loop import HALVES, INDEX, meet

MOST_LINES = 16
"""Of a register, each of as many words."""
MOST_GROUPS = 2
"""Of rows, each a register's, that are multiplied in one pass: by less, the instruction would wait
for the sums before."""
MOST_PASSES = 2
"""Over a piece of a panel."""
CONFIG_BYTES = 64
LINE = 64
"""Bytes of it, as of the cache's."""
_OF_LINE = WIDTH // len(HALVES)
"""Words."""
_SUMS, _INPUTS, _WEIGHTS = ((0, 1), (2, 3)), (4, 5), (6, 7)
"""Registers: of each group and half, of each group, and of each half."""
_WIDTHS, _HEIGHTS = 16, 48
"""Where a configuration has them: of a register two bytes, and one."""
_ARCH_PRCTL, _ASK, _TILES = 158, 0x1023, 18
"""Linux gives a process such large registers only if it asks (Documentation/arch/x86/xstate)."""
_BYTE, _NOTHING = ir.IntType(8), ir.VoidType()


def _may_use() -> bool:
    if not HAS_AMX or sys.platform != "linux" or platform.machine() != "x86_64":
        return False
    return bool(ctypes.CDLL(None).syscall(_ARCH_PRCTL, _ASK, _TILES) == 0)


CAN_AMX = _may_use()


@compiled(borrows=True)
def groups_of(rows):  # type: ignore[no-untyped-def]
    return (rows + MOST_LINES - 1) // MOST_LINES


def _share_of(passes: int) -> int:
    """Lines of weights that a pass sends for, with each line of its inputs."""
    return MOST_LINES * WIDTH // _OF_LINE // passes


share_of = compiled(borrows=True)(_share_of)


@compiled(borrows=True)
def configure(config, height):  # type: ignore[no-untyped-def]
    """This thread's registers for so many rows of a group; `config` remembers it, and is zeros
    before."""
    if config[0] and config[_HEIGHTS] == height:
        return
    config[0] = 1
    for register in range(_WEIGHTS[1] + 1):
        config[_WIDTHS + 2 * register] = LINE
        config[_HEIGHTS + register] = height if register < _WEIGHTS[0] else MOST_LINES
    _load_config(config)


@compiled(borrows=True)
def put_away(config):  # type: ignore[no-untyped-def]
    """A thread that the machine stops without them has that much less kept."""
    if config[0]:
        config[0] = 0
        _release()


def _loaded(typing, config):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        made = context.make_array(signature.args[0])(context, builder, values[0])
        _call(builder, "ldtilecfg", viewed(builder, made.data, _BYTE))
        return context.get_dummy_value()

    return types.void(config), generate


def _released(typing):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        _call(builder, "tilerelease")
        return context.get_dummy_value()

    return types.void(), generate


def _multiply_lines(  # type: ignore[no-untyped-def]
    typing, groups, passes, words, x, x_at, height, panels, panels_at, ahead, result, result_at
):
    """result += x Wᵀ, for one or two groups of `height` rows and WIDTH outputs, and for a multiple
    of MOST_LINES words of each row.

    Arrays, each with the place of its first word, and rows behind each other. By their types:
    inputs in uint32 are pairs in bf16, and sums are fp32; in int32 four of 0 to 255, weights four
    of -128 to 127, and sums int32.

    Each of so many passes sends for its share of as many weights from `ahead` on.
    """
    product = "tdpbf16ps" if x.dtype == types.uint32 else "tdpbusd"

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        x, weights, ahead, sums = (
            viewed(builder, element(context, builder, signature, values, *place), _BYTE)
            for place in ((3, 4), (6, 7), (6, 8), (9, 10))
        )
        made = context.make_array(signature.args[3])(context, builder, values[3])
        gap = builder.extract_value(made.strides, 0)
        for groups in each_of(builder, values[0], MOST_GROUPS):
            for passes in each_of(builder, values[1], MOST_PASSES):
                sizes = (groups, values[2], _share_of(passes))
                _Pass(builder, product, *sizes, x, weights, ahead, sums, gap, values[5]).add()
        return context.get_dummy_value()

    at = size = types.intp
    return types.void(size, size, size, x, at, size, panels, at, at, result, at), generate


@dataclass(frozen=True, slots=True)
class _Pass:
    """Values of LLVM; places are those of bytes."""

    builder: Any
    product: str
    groups: int
    words: Any
    share: int
    x: Any
    weights: Any
    ahead: Any
    sums: Any
    gap: Any
    """Between rows of x, in bytes."""
    height: Any

    def add(self) -> None:
        self._each_sum("tileloadd64")
        for step in self._steps():
            inputs = self._at(self.x, step)
            panel = self._at(self.weights, step, WIDTH)
            ahead = self._at(self.ahead, step, self.share)
            for group in range(self.groups):
                self._load(_INPUTS[group], self._row(inputs, group, self.gap), self.gap)
            for half in HALVES:
                place = self.builder.gep(panel, [INDEX(half * LINE)])
                self._load(_WEIGHTS[half], place, INDEX(len(HALVES) * LINE))
                for line in range(half, self.share, len(HALVES)):
                    send_for(self.builder, self.builder.gep(ahead, [INDEX(line * LINE)]))
                for group in range(self.groups):
                    registers = (_SUMS[group][half], _INPUTS[group], _WEIGHTS[half])
                    _call(self.builder, self.product, *map(_BYTE, registers))
        self._each_sum("tilestored64")

    def _each_sum(self, instruction: str) -> None:
        gap = INDEX(len(HALVES) * LINE)
        for group in range(self.groups):
            first = self._row(self.sums, group, gap)
            for half in HALVES:
                place = self.builder.gep(first, [INDEX(half * LINE)])
                _call(self.builder, instruction, _BYTE(_SUMS[group][half]), place, gap)

    def _steps(self) -> Iterator[Any]:
        """What is generated at each is for all lines of words."""
        builder, before = self.builder, self.builder.block
        loop, after = (builder.append_basic_block(name) for name in ("lines", "after"))
        builder.branch(loop)
        builder.position_at_end(loop)
        step = builder.phi(INDEX)
        yield step
        following = builder.add(step, INDEX(_OF_LINE))
        meet(step, (INDEX(0), before), (following, builder.block))
        builder.cbranch(builder.icmp_signed("<", following, self.words), loop, after)
        builder.position_at_end(after)

    def _load(self, register: int, place: Any, gap: Any) -> None:
        _call(self.builder, "tileloadd64", _BYTE(register), place, gap)

    def _row(self, first: Any, group: int, gap: Any) -> Any:
        """Where a group begins, of rows that lie so many bytes apart."""
        if not group:
            return first
        return self.builder.gep(first, [self.builder.mul(gap, self.height)])

    def _at(self, first: Any, word: Any, times: int = 1) -> Any:
        return self.builder.gep(first, [self.builder.mul(word, INDEX(4 * times))])


def _call(builder: Any, name: str, *values: Any) -> None:
    """An instruction without a result."""
    called = function(builder, f"llvm.x86.{name}", _NOTHING, *(value.type for value in values))
    builder.call(called, values)


_load_config: Any = intrinsic(_loaded)
_release: Any = intrinsic(_released)
multiply_lines: Any = intrinsic(_multiply_lines)
