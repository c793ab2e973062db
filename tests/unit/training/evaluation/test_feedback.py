"""What readers said: reading it, and pairs to tune with."""

import sys
from pathlib import Path

import datasets
import pytest

from shared.judgements import Comparison, Rating
from shared.opinions import Winner
from training.evaluation.feedback import read_feedback
from training.evaluation.preferences import FEATURES, main, pairs_of, save
from training.evaluation.report import FeedbackReport


def met(a: str, b: str, winner: Winner = Winner.A) -> Comparison:
    return Comparison(
        prompt="p", model_a=a, story_a=f"by {a}", model_b=b, story_b=f"by {b}", winner=winner
    )


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


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_ratings_and_ties_alone_make_a_file_without_pairs(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [Rating(model="a", prompt="p", story="s", stars=5), met("a", "b", Winner.TIE)]
    feedback, path = tmp_path / "feedback.jsonl", tmp_path / f"pairs.{suffix}"
    feedback.write_text("".join(one.model_dump_json() + "\n" for one in said))
    save(pairs_of([met("a", "b")]), path)  # of an earlier run
    monkeypatch.setattr(
        sys, "argv", ["preferences", "--feedback", str(feedback), "--out", str(path)]
    )

    main()

    assert capsys.readouterr().out == f"0 pairs in {path}\n"
    if suffix == "parquet":  # from which only a stream can be read without a row
        stream = datasets.Dataset.from_parquet(str(path), streaming=True)
        assert (stream.features, list(stream)) == (FEATURES, [])
    else:
        assert not path.read_text()
