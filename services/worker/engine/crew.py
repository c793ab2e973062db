"""How threads share the parts of a step: each takes the next task, and none begins a part before
all tasks of the part before are done.

Nobody waits long for another one. A thread that the machine has stopped, for a reader's answer or
whatever else runs there, holds one task; whoever finds it still undone does it, too. So a task may
be done twice, even late, and must come to the same both times: it writes only what no other task
of the step writes, and reads nothing that a later part changes.
"""

import platform
import time
from typing import Any, NamedTuple

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from services.worker.engine.compiling import compiled
from services.worker.engine.llvm import function

NONE = np.int64(-1)
"""No task. A number of numpy's: for each of Python's own numba compiles what is called anew."""
_LINE = 8
"""Numbers of a cache line: no two members write to the same."""
_DONE, _BEGAN = 1, 2
_USUAL = 2
"""A task in hand for so many times the mean of one's own is held up."""
_LEAST_WAIT, _WAIT_OF_THE_LATE = 20_000, 100_000
"""Nanoseconds before it counts as that, and of those who came too late to do any of their own."""
_INDEX, _INT, _BYTE = ir.IntType(64), ir.IntType(32), ir.IntType(8)
_REST = {"x86_64": "pause", "AMD64": "pause", "aarch64": "yield", "arm64": "yield"}
llvmlite.binding.initialize_native_asmparser()


class Board(NamedTuple):
    """What the members of a crew write on during a step."""

    members: NDArray[np.int64]
    """[parts, members, _LINE]: tasks taken of a member's share; tasks that it did; since when."""
    done: NDArray[np.uint8]
    """[parts, tasks]: which are."""
    ended: NDArray[np.int64]
    """[parts]: when all were, in nanoseconds of the monotonic clock, for whoever wants to know
    where a step's time goes."""

    def is_for(self, members: int, tasks: int) -> bool:
        return bool(self.members.shape[1] == members and tasks <= self.done.shape[1])


def new_board(parts: int, members: int, tasks: int) -> Board:
    """Of parts with at most so many tasks."""
    return Board(
        np.zeros((parts, members, _LINE), np.int64),
        np.zeros((parts, tasks), np.uint8),
        np.zeros(parts, np.int64),
    )


@compiled(borrows=True)
def clear(board):  # type: ignore[no-untyped-def]
    """As new, for another step."""
    board.members[:] = 0
    board.done[:] = 0
    board.ended[:] = 0


@compiled(borrows=True)
def next_task(crew, part, tasks, last):  # type: ignore[no-untyped-def]
    """The task to do after `last`, which is done, or NONE: then all tasks of the part are.

    `crew` is the board and which of its members asks; `last` is NONE at first.
    """
    board, member = crew
    own = board.members[part, member]
    if last == NONE:
        own[_BEGAN] = _now()
    else:
        own[_DONE] += 1
        _tell(board.done, part, last)
    task = _take(board.members, part, member, tasks)
    return task if task != NONE else _undone(board, part, member, tasks)


@compiled(borrows=True)
def _take(members, part, member, tasks):  # type: ignore[no-untyped-def]
    """A task that nobody has taken: of the own share in its order, then of another's."""
    count = members.shape[1]
    for turn in range(count):
        whose = (member + turn) % count
        first = tasks * whose // count
        share = tasks * (whose + 1) // count - first
        if _seen(members, part, whose) < share:
            place = _add_one(members, part, whose)
            if place < share:
                return first + place
    return NONE


@compiled(borrows=True)
def _undone(board, part, member, tasks):  # type: ignore[no-untyped-def]
    """A task that is held up with whoever took it."""
    own = board.members[part, member]
    since = _now()
    patience = _WAIT_OF_THE_LATE
    if own[_DONE]:
        patience = max(_LEAST_WAIT, _USUAL * (since - own[_BEGAN]) // own[_DONE])
    task = 0
    while task < tasks:
        if _is_told(board.done, part, task):
            task += 1
        elif _now() - since > patience:
            return task
        else:
            _rest()
    if board.ended[part] == 0:
        board.ended[part] = _now()
    return NONE


def _one_more(typing, members, part, member):  # type: ignore[no-untyped-def]
    """How many tasks were taken before this one."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        place = _counter(context, builder, signature, values)
        return builder.atomic_rmw("add", place, _INDEX(1), "acq_rel")

    return types.int64(members, types.intp, types.intp), generate


def _counter_seen(typing, members, part, member):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        place = _counter(context, builder, signature, values)
        return builder.load_atomic(place, "acquire", 8)

    return types.int64(members, types.intp, types.intp), generate


def _task_told(typing, done, part, task):  # type: ignore[no-untyped-def]
    """Whoever sees it sees what the task wrote, too."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        place = _element(context, builder, signature, values, 1)
        builder.store_atomic(_BYTE(1), place, "release", 1)
        return context.get_dummy_value()

    return types.void(done, types.intp, types.intp), generate


def _task_seen(typing, done, part, task):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        place = _element(context, builder, signature, values, 1)
        return builder.icmp_signed("!=", builder.load_atomic(place, "acquire", 1), _BYTE(0))

    return types.boolean(done, types.intp, types.intp), generate


def _brief_rest(typing):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        word = _REST.get(platform.machine(), "")
        builder.asm(ir.FunctionType(ir.VoidType(), ()), word, "", (), side_effect=True)
        return context.get_dummy_value()

    return types.void(), generate


def _monotonic_now(typing):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        told = builder.alloca(_INDEX, 2)  # seconds and nanoseconds
        clock = function(builder, "clock_gettime", _INT, _INT, told.type)
        builder.call(clock, [_INT(time.CLOCK_MONOTONIC), told])
        seconds = builder.load(told)
        rest = builder.load(builder.gep(told, [_INDEX(1)]))
        return builder.add(builder.mul(seconds, _INDEX(1_000_000_000)), rest)

    return types.int64(), generate


def _counter(context, builder, signature, values) -> Any:  # type: ignore[no-untyped-def]
    """Of tasks taken: the first number of the member's line."""
    return _element(context, builder, signature, values, _LINE)


def _element(context, builder, signature, values, size: int) -> Any:  # type: ignore[no-untyped-def]
    """Where [part, column] is, of so many numbers, in the array that comes first."""
    array, part, column = values
    made = context.make_array(signature.args[0])(context, builder, array)
    columns = builder.extract_value(made.shape, 1)
    place = builder.add(builder.mul(part, columns), column)
    return builder.gep(made.data, [builder.mul(place, _INDEX(size))])


_add_one: Any = intrinsic(_one_more)
_seen: Any = intrinsic(_counter_seen)
_tell: Any = intrinsic(_task_told)
_is_told: Any = intrinsic(_task_seen)
_now: Any = intrinsic(_monotonic_now)
_rest: Any = intrinsic(_brief_rest)
