"""What a measurement makes of the moments at which tokens came."""

import pytest

from services.ui.terminal.figures import Figures, Reading, Spread
from shared.client import ApiError


def test_figures_of_two_stories() -> None:
    one = Reading(asked_at=10.0, told_at=[10.5, 10.6, 10.6, 11.0])
    other = Reading(asked_at=11.0, told_at=[12.5, 13.0])
    figures = Figures.of([one, other])
    assert (figures.stories, figures.failed, figures.tokens) == (2, 0, 6)
    assert figures.seconds == pytest.approx(3.0)
    assert figures.tokens_per_second == pytest.approx(2.0)
    assert figures.first_token_seconds == Spread(0.5, 1.5)
    assert figures.between_tokens_seconds is not None
    assert figures.between_tokens_seconds.p95 == pytest.approx(0.5)


def test_a_story_without_a_token_counts_as_failed_and_measures_nothing() -> None:
    figures = Figures.of([Reading(asked_at=1.0, error=ApiError("x", "No."))])
    assert (figures.failed, figures.tokens, figures.tokens_per_second) == (1, 0, 0.0)
    assert figures.first_token_seconds is None
    assert figures.told()["first token"] == "-"


@pytest.mark.parametrize(
    ("count", "expected"), [(1, (1, 1)), (2, (1, 2)), (20, (10, 19)), (100, (50, 95))]
)
def test_half_and_all_but_a_twentieth(count: int, expected: tuple[int, int]) -> None:
    spread = Spread.of(range(count, 0, -1))
    assert spread is not None
    assert (spread.p50, spread.p95) == expected
