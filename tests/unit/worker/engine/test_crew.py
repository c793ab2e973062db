"""A crew gets through every task part by part, whoever of it is there, and does not wait for one
that is held up."""

from typing import Any

import numpy as np
import pytest
from numba import prange

from services.worker.engine.compiling import compiled
from services.worker.engine.crew import NONE, Board, new_board, next_task

TASKS = 101
PARTS = 200


@compiled()
def do_all(board: Any, part: Any, member: Any, times: Any) -> None:
    """Each task is noted as often as it is done."""
    task = next_task((board, member), part, len(times), NONE)
    while task != NONE:
        times[task] += 1
        task = next_task((board, member), part, len(times), task)


@compiled(parallel=True)
def go_through(board: Any, noted: Any) -> None:
    """Each task adds up the part before; what is not yet there would be missing from its sum."""
    parts, tasks = noted.shape
    for member in prange(board.members.shape[1]):
        for part in range(1, parts):
            task = next_task((board, member), part, tasks, NONE)
            while task != NONE:
                total = 0
                for before in range(tasks):
                    total += noted[part - 1, before]
                noted[part, task] = total - (tasks - 1)
                task = next_task((board, member), part, tasks, task)


def asked(board: Board, member: int, tasks: int, last: int = int(NONE)) -> int:
    return int(next_task((board, member), 0, tasks, last))


@pytest.mark.parametrize("members", [1, 2, 3, 8])
@pytest.mark.parametrize("tasks", [0, 1, 2, TASKS])
def test_one_member_gets_through_alone(members: int, tasks: int) -> None:
    """The others come when nothing is left."""
    board, times = new_board(1, members, tasks), np.zeros(tasks, np.int64)
    for member in (members - 1, *range(members - 1)):
        do_all(board, 0, member, times)
        assert times.tolist() == [1] * tasks


def test_a_member_takes_its_own_share_in_order_and_then_the_others() -> None:
    board, task, order = new_board(1, 2, 6), int(NONE), []
    while (task := asked(board, 1, 6, task)) != NONE:
        order.append(task)
    assert order == [3, 4, 5, 0, 1, 2]


def test_what_is_held_up_with_another_is_done_once_nothing_else_is_left() -> None:
    board, times = new_board(1, 3, TASKS), np.zeros(TASKS, np.int64)
    held = {asked(board, member, TASKS) for member in (1, 2)}
    do_all(board, 0, 0, times)
    assert times.tolist() == [1] * TASKS
    assert len(held) == 2
    # And whoever comes back late finds that nothing is left.
    assert [
        asked(board, member, TASKS, task) for member, task in zip((1, 2), held, strict=True)
    ] == [NONE] * 2


def test_a_part_ends_when_all_of_it_is_done() -> None:
    board = new_board(1, 1, 2)
    assert asked(board, 0, 2) == 0
    assert asked(board, 0, 2, 0) == 1
    assert board.ended.tolist() == [0]
    assert asked(board, 0, 2, 1) == NONE
    (ended,) = board.ended.tolist()
    assert ended > 0
    assert asked(board, 0, 2, 1) == NONE
    assert board.ended.tolist() == [ended]


@pytest.mark.parametrize("members", [1, 2, 5])
def test_no_part_begins_before_the_one_before_is_done(members: int) -> None:
    """With more members than cores some are held up, and what they did is done again."""
    noted = np.zeros((PARTS, TASKS), np.int64)
    noted[0] = 1
    go_through(new_board(PARTS, members, TASKS), noted)
    assert (noted == 1).all()
