"""What the numbers of a row come to."""

import numpy as np
import pytest

from services.worker.engine.reducing import dot, extremes, squares, total
from services.worker.engine.weighing import Scores

LENGTHS = [1, 7, 16, 80, 768, 3072]


def row(length: int, seed: int = 0) -> Scores:
    return np.random.default_rng(seed).normal(size=length).astype(np.float32)


@pytest.mark.parametrize("length", LENGTHS)
def test_sums_are_those_of_all_numbers(length: int) -> None:
    numbers, others = row(length), row(length, 1)
    exact, size = numbers.astype(np.float64), float(np.abs(numbers).sum())
    assert total(numbers) == pytest.approx(exact.sum(), abs=1e-6 * size)
    assert squares(numbers, np.float32(0.5)) == pytest.approx(((exact - 0.5) ** 2).sum(), rel=1e-5)
    assert dot(numbers, others) == pytest.approx((exact * others).sum(), abs=1e-5 * size)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("shift", [-9, 0, 9])
def test_extremes_are_the_least_and_the_greatest(length: int, shift: int) -> None:
    numbers = row(length) + np.float32(shift)
    assert extremes(numbers) == (numbers.min(), numbers.max())


@pytest.mark.parametrize("place", [0, 3, 79])
@pytest.mark.parametrize("fault", [np.nan, -np.nan, np.inf, -np.inf])
def test_extremes_of_what_is_no_number_are_none(place: int, fault: float) -> None:
    numbers = row(80)
    numbers[place] = fault
    assert np.isnan(extremes(numbers)).all()
