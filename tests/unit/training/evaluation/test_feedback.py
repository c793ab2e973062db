"""What readers said: reading it, ranking models by it, and pairs to tune with."""

from itertools import combinations
from pathlib import Path

import datasets
import numpy as np
import pytest

from training.evaluation.bradley_terry import fit, ranked
from training.evaluation.feedback import Comparison, Rating, Winner, read_feedback
from training.evaluation.preferences import pairs_of, save
from training.evaluation.report import FeedbackReport

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


def met(a: str, b: str, winner: Winner = Winner.A) -> Comparison:
    return Comparison(
        prompt="p", model_a=a, story_a=f"by {a}", model_b=b, story_b=f"by {b}", winner=winner
    )


def test_strengths_of_the_american_league_1987() -> None:
    """A. Agresti, Categorical Data Analysis, 2nd ed., section 10.6, with Baltimore at 0."""
    values, errors = fit(WINS)
    relative = values - values[-1]
    assert relative == pytest.approx([1.58, 1.44, 1.29, 1.25, 1.11, 0.68, 0], abs=0.006)
    assert values.sum() == pytest.approx(0, abs=1e-9)
    assert (errors > 0.1).all()


def test_two_models_have_the_log_odds_of_their_wins() -> None:
    """9 wins of 12: ln 3 apart, with the standard error sqrt(1/9 + 1/3) of a log odds."""
    (group,) = ranked([met("a", "b")] * 9 + [met("b", "a")] * 3)
    first, second = group.strengths
    assert first.model == "a"
    assert first.value - second.value == pytest.approx(np.log(3))
    assert first.high - first.value == pytest.approx(1.959964 * np.sqrt(1 / 9 + 1 / 3) / 2)


def test_a_tie_is_half_a_win_for_each() -> None:
    ties, wins = [met("a", "b", Winner.TIE)] * 4, [met("a", "b"), met("b", "a")] * 2
    assert ranked(ties)[0].strengths == ranked(wins)[0].strengths


def test_models_that_nobody_compared_are_not_ranked_together() -> None:
    games = [met(a, b) for a, b in (("a", "b"), ("b", "a"), ("c", "d"), ("d", "c"))]
    assert [group.models for group in ranked(games)] == [["a", "b"], ["c", "d"]]


def test_whoever_never_lost_has_no_finite_strength() -> None:
    games = [met(a, b) for a, b in combinations("abc", 2)] + [met("c", "b")]
    (group,) = ranked(games)
    assert group.strengths == []
    assert group.problem is not None
    assert group.problem.startswith("a never lost")


def test_a_model_against_itself_tells_nothing() -> None:
    assert ranked([met("a", "a")]) == []


def test_feedback_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    path.write_text(
        '{"kind": "rating", "model": "a", "prompt": "p", "story": "s", "stars": 4}\n\n'
        '{"kind": "rating", "model": "a", "prompt": "p", "story": "s", "thumbs": "down"}\n'
        '{"kind": "rating", "model": "a", "prompt": "p", "story": "s", "stars": 2}\n'
        + met("a", "b", Winner.TIE).model_dump_json()
        + "\n"
    )
    report = FeedbackReport.of(list(read_feedback(path)))
    (opinion,) = report.opinions
    assert opinion.stars is not None
    assert opinion.thumbs_up is not None
    assert (opinion.stars.value, opinion.stars.n, opinion.thumbs_up.value) == (3, 2, 0)
    assert report.rankings[0].comparisons == 1


@pytest.mark.parametrize("said", ['"stars": 6', '"stars": 3, "thumbs": "up"', '"job": "j"'])
def test_a_line_that_is_no_rating_is_named(tmp_path: Path, said: str) -> None:
    path = tmp_path / "feedback.jsonl"
    path.write_text(f'\n{{"kind": "rating", "model": "a", "prompt": "p", "story": "s", {said}}}')
    with pytest.raises(ValueError, match="line 2"):
        list(read_feedback(path))


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_pairs_can_be_read_again(tmp_path: Path, suffix: str) -> None:
    said: list[Rating | Comparison] = [
        met("a", "b"),
        met("a", "b"),
        met("a", "b", Winner.B),
        met("a", "b", Winner.TIE),
        met("a", "a"),
        Rating(model="a", prompt="p", story="s", stars=5),
    ]
    path = tmp_path / f"pairs.{suffix}"
    save(pairs_of(said), path)
    read = datasets.Dataset.from_parquet if suffix == "parquet" else datasets.Dataset.from_json
    assert read(str(path), cache_dir=str(tmp_path / "cache")).to_list() == [
        {"prompt": "p", "chosen": "by a", "rejected": "by b"},
        {"prompt": "p", "chosen": "by b", "rejected": "by a"},
    ]
