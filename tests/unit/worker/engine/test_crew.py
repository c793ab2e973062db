"""A crew gets through every task once and part by part, whoever of it is there."""

from typing import Any

import numpy as np
import pytest
from numba import prange

from services.worker.engine.compiling import compiled
from services.worker.engine.crew import meet, new_board, next_task

TASKS = 101
PARTS = 200


@compiled()
def take_all(board: Any, part: Any, member: Any, taken: Any) -> Any:
    """How many tasks were left for this member, who notes each."""
    done = 0
    task = next_task((board, member), part, len(taken))
    while task >= 0:
        taken[task] += 1
        done += 1
        task = next_task((board, member), part, len(taken))
    return done


@compiled(parallel=True)
def go_through(board: Any, noted: Any) -> None:
    """Each task adds up the part before; what is not yet there would be missing from its sum."""
    parts, tasks = noted.shape
    for member in prange(board.shape[1] - 1):
        for part in range(1, parts):
            done = 0
            task = next_task((board, member), part, tasks)
            while task >= 0:
                for before in range(tasks):
                    noted[part, task] += noted[part - 1, before]
                noted[part, task] -= (tasks - 1) * noted[part - 1, task]
                done += 1
                task = next_task((board, member), part, tasks)
            meet((board, member), part, done, tasks)


@pytest.mark.parametrize("members", [1, 2, 3, 8])
@pytest.mark.parametrize("tasks", [0, 1, 2, TASKS])
def test_one_member_gets_through_alone(members: int, tasks: int) -> None:
    """The others come when nothing is left, as if they had been held up."""
    board, taken = new_board(1, members), np.zeros(tasks, np.int64)
    first = members - 1
    assert take_all(board, 0, first, taken) == tasks
    assert taken.tolist() == [1] * tasks
    assert all(take_all(board, 0, member, taken) == 0 for member in range(members))
    assert meet((board, first), 0, tasks, tasks) == 1


def test_a_member_takes_its_own_share_in_order_and_then_the_others() -> None:
    board = new_board(1, 2)
    order = [next_task((board, 1), 0, 6) for _ in range(7)]
    assert order == [3, 4, 5, 0, 1, 2, -1]


@pytest.mark.parametrize("members", [1, 2, 5])
def test_no_part_begins_before_the_one_before_is_done(members: int) -> None:
    """More members than cores, too: those that wait let the others go on."""
    noted = np.zeros((PARTS, TASKS), np.int64)
    noted[0] = 1
    go_through(new_board(PARTS, members), noted)
    assert (noted == 1).all()
