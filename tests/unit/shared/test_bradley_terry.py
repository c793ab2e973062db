"""Models ranked by which of two stories readers preferred."""

from itertools import combinations

import numpy as np
import pytest

from shared.bradley_terry import fit, ranked
from shared.opinions import Winner

BASEBALL = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
WINS = np.array(
    [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ],
    dtype=float,
)


def test_strengths_of_the_american_league_1987() -> None:
    """A. Agresti, Categorical Data Analysis, 2nd ed., section 10.6, with Baltimore at 0."""
    values, errors = fit(WINS)
    relative = values - values[-1]
    assert relative == pytest.approx([1.58, 1.44, 1.29, 1.25, 1.11, 0.68, 0], abs=0.006)
    assert values.sum() == pytest.approx(0, abs=1e-9)
    assert (errors > 0.1).all()


@pytest.mark.timeout(10)
def test_a_long_chain_of_models_is_ranked_at_once() -> None:
    """Each lost once to the next and won fifty times: ln 50 apart, from one end to the other."""
    chain = np.diag(np.full(99, 50.0), k=1) + np.diag(np.ones(99), k=-1)
    values, _ = fit(chain)
    assert -np.diff(values) == pytest.approx(np.log(50))


def test_two_models_have_the_log_odds_of_their_wins() -> None:
    """9 wins of 12: ln 3 apart, with the standard error sqrt(1/9 + 1/3) of a log odds."""
    (group,) = ranked([("a", "b", Winner.A)] * 9 + [("b", "a", Winner.A)] * 3)
    first, second = group.strengths
    assert first.model == "a"
    assert first.value - second.value == pytest.approx(np.log(3))
    assert first.high - first.value == pytest.approx(1.959964 * np.sqrt(1 / 9 + 1 / 3) / 2)


def test_a_tie_is_half_a_win_for_each() -> None:
    ties, wins = [("a", "b", Winner.TIE)] * 4, [("a", "b", Winner.A), ("b", "a", Winner.A)] * 2
    assert ranked(ties)[0].strengths == ranked(wins)[0].strengths


def test_models_that_nobody_compared_are_not_ranked_together() -> None:
    games = [(a, b, Winner.A) for a, b in (("a", "b"), ("b", "a"), ("c", "d"), ("d", "c"))]
    assert [group.models for group in ranked(games)] == [["a", "b"], ["c", "d"]]


def test_whoever_never_lost_has_no_finite_strength() -> None:
    games = [(a, b, Winner.A) for a, b in combinations("abc", 2)] + [("c", "b", Winner.A)]
    (group,) = ranked(games)
    assert group.strengths == []
    assert group.problem is not None
    assert group.problem.startswith("a never lost")


def test_a_model_against_itself_tells_nothing() -> None:
    assert ranked([("a", "a", Winner.A)]) == []
