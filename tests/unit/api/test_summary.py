"""What readers said, counted by day and model."""

from services.api.summary import Said, rated_days, summarize
from shared.opinions import Thumbs, Winner

DAY = 86_400.0
MORNING = 20_000 * DAY
"""2024-10-04, midnight UTC."""


def test_each_day_counts_stars_and_thumbs_of_each_model() -> None:
    said = [
        Said(MORNING + DAY, "b", None, Thumbs.DOWN),
        Said(MORNING, "b", 5, None),
        Said(MORNING + 1, "a", 5, Thumbs.UP),
        Said(MORNING + 2, "a", 1, None),
        Said(MORNING + 3, "a", 5, Thumbs.DOWN),
    ]
    assert [tuple(day.model_dump().values()) for day in rated_days(said)] == [
        ("2024-10-04", "a", 3, [1, 0, 0, 0, 2], 1, 1),
        ("2024-10-04", "b", 1, [0, 0, 0, 0, 1], 0, 0),
        ("2024-10-05", "b", 1, [0, 0, 0, 0, 0], 0, 1),
    ]


def test_a_day_ends_at_midnight_utc_and_silent_days_are_absent() -> None:
    said = [Said(MORNING + moment, "a", 3, None) for moment in (-0.001, 0, 9 * DAY)]
    assert [day.day for day in rated_days(said)] == ["2024-10-03", "2024-10-04", "2024-10-13"]


def test_comparisons_of_a_model_with_itself_are_counted_and_not_ranked() -> None:
    found = summarize([], [("a", "a", Winner.A), ("a", "b", Winner.TIE)])
    assert found.comparisons == 2
    (standing,) = found.standings
    assert standing.comparisons == 1
    assert [one.value for one in standing.strengths] == [0, 0]
