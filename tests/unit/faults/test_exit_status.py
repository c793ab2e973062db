"""`make chaos` is green only if it did all that it was asked for, and found nothing."""

from tests.faults.__main__ import TOO_LITTLE, VIOLATED, exit_status
from tests.faults.history import Violation


def test_seeds_that_are_left_are_not_green() -> None:
    assert exit_status([], []) == 0
    assert exit_status([], [7, 8]) == TOO_LITTLE


def test_violation_weighs_more_than_what_is_left() -> None:
    assert exit_status([Violation(1, "rule", "detail")], [7]) == VIOLATED
    assert len({0, VIOLATED, TOO_LITTLE}) == 3
