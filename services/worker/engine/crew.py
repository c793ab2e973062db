"""How threads share the parts of a step: each takes the next task, and none begins a part before
all tasks of the part before are done.

A thread that is held up by others on the machine costs one task, not its whole share. Whoever is
there gets through alone, so it does not matter how many threads really run.
"""

import platform
import time
from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from services.worker.engine.compiling import compiled

_LINE = 8
"""Numbers of a cache line: no two members write to the same."""
ENDED = 1
"""Where in the line of tasks done it stands when all were, in nanoseconds of the monotonic clock:
for whoever wants to know where a step's time goes."""
_PAUSES = 1_000
"""Before a first nap, since most parts' last tasks do not take long."""
_NAP_MICROSECONDS = 20
_INDEX, _INT = ir.IntType(64), ir.IntType(32)
_REST = {"x86_64": "pause", "AMD64": "pause", "aarch64": "yield", "arm64": "yield"}
llvmlite.binding.initialize_native_asmparser()


def new_board(parts: int, members: int) -> NDArray[np.int64]:
    """What the members of a crew write on: tasks taken of each one's share, and tasks done."""
    return np.zeros((parts, members + 1, _LINE), np.int64)


@compiled()
def next_task(crew, part, tasks):  # type: ignore[no-untyped-def]
    """A task that nobody has taken, or -1: of the own share in its order, then of another's.

    `crew` is the board and which of its members asks.
    """
    board, member = crew
    members = board.shape[1] - 1
    for turn in range(members):
        whose = (member + turn) % members
        first = tasks * whose // members
        count = tasks * (whose + 1) // members - first
        if _seen(board, part, whose) < count:
            place = _add(board, part, whose, 1)
            if place < count:
                return first + place
    return -1


@compiled()
def meet(crew, part, done, tasks):  # type: ignore[no-untyped-def]
    """Tell how many tasks were `done` here, wait until all are, and return the next part."""
    board, _ = crew
    members = board.shape[1] - 1
    if _add(board, part, members, done) + done == tasks:
        board[part, members, ENDED] = _now()
    pauses = 0
    while _seen(board, part, members) < tasks:
        pauses += 1
        _rest(pauses > _PAUSES)
    return part + 1


def _counter_add(typing, board, part, column, number):  # type: ignore[no-untyped-def]
    """The counter's value before the number was added to it."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        place = _place(context, builder, signature, values)
        return builder.atomic_rmw("add", place, values[3], "acq_rel")

    at = types.intp
    return types.int64(board, at, at, types.int64), generate


def _counter_seen(typing, board, part, column):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        return builder.load_atomic(_place(context, builder, signature, values), "acquire", 8)

    return types.int64(board, types.intp, types.intp), generate


def _brief_rest(typing, is_long):  # type: ignore[no-untyped-def]
    """Longer ones let others have the core."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        nothing = ir.FunctionType(ir.VoidType(), ())
        with builder.if_else(values[0]) as (long, short):
            with long:
                sleep = ir.FunctionType(_INT, (_INT,))
                known = builder.module.globals.get("usleep")
                usleep = known or ir.Function(builder.module, sleep, "usleep")
                builder.call(usleep, [_INT(_NAP_MICROSECONDS)])
            with short:
                word = _REST.get(platform.machine(), "")
                builder.asm(nothing, word, "", (), side_effect=True)
        return context.get_dummy_value()

    return types.void(types.boolean), generate


def _monotonic_now(typing):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        told = builder.alloca(_INDEX, 2)  # seconds and nanoseconds
        read = ir.FunctionType(_INT, (_INT, told.type))
        known = builder.module.globals.get("clock_gettime")
        clock = known or ir.Function(builder.module, read, "clock_gettime")
        builder.call(clock, [_INT(time.CLOCK_MONOTONIC), told])
        seconds = builder.load(told)
        rest = builder.load(builder.gep(told, [_INDEX(1)]))
        return builder.add(builder.mul(seconds, _INDEX(1_000_000_000)), rest)

    return types.int64(), generate


def _place(context, builder, signature, values) -> Any:  # type: ignore[no-untyped-def]
    board, part, column = values[:3]
    made = context.make_array(signature.args[0])(context, builder, board)
    columns = builder.extract_value(made.shape, 1)
    line = builder.add(builder.mul(part, columns), column)
    return builder.gep(made.data, [builder.mul(line, _INDEX(_LINE))])


_add: Any = intrinsic(_counter_add)
_seen: Any = intrinsic(_counter_seen)
_now: Any = intrinsic(_monotonic_now)
_rest: Any = intrinsic(_brief_rest)
