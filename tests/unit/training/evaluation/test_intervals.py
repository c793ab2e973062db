"""Bootstrap intervals."""

import math

import numpy as np
import pytest

from training.evaluation.intervals import difference_interval, mean_interval, ratio_interval


def test_the_interval_of_a_share_is_the_binomial_one() -> None:
    """For 30 of 100 the normal approximation gives 0.3 ± 1.96 · sqrt(0.3 · 0.7 / 100)."""
    interval = mean_interval([1.0] * 30 + [0.0] * 70)
    half = 1.96 * math.sqrt(0.3 * 0.7 / 100)
    assert interval.value == pytest.approx(0.3)
    assert interval.low == pytest.approx(0.3 - half, abs=0.015)
    assert interval.high == pytest.approx(0.3 + half, abs=0.015)
    assert interval.n == 100


def test_the_same_values_give_the_same_interval() -> None:
    values = list(np.random.default_rng(5).normal(size=40))
    assert mean_interval(values) == mean_interval(values)


def test_equal_values_leave_no_doubt() -> None:
    assert mean_interval([0.25] * 9).model_dump() == {
        "value": 0.25, "low": 0.25, "high": 0.25, "n": 9,
    }  # fmt: skip


def test_a_ratio_weighs_texts_by_their_size() -> None:
    interval = ratio_interval([10.0, 1.0], [10.0, 2.0])
    assert interval.value == pytest.approx(11 / 12)
    assert (interval.low, interval.high) == (0.5, 1.0)


def test_pairs_tell_more_than_two_means() -> None:
    """Prompts differ much, conditions by exactly 0.1: paired, there is no doubt."""
    hard = np.random.default_rng(1).uniform(size=50)
    interval = difference_interval(list(hard + 0.1), list(hard))
    assert [interval.low, interval.high] == pytest.approx([0.1, 0.1])


def test_no_values_have_no_mean() -> None:
    with pytest.raises(ValueError, match="at least one"):
        mean_interval([])
