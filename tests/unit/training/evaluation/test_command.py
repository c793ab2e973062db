"""The whole evaluation in small: a tiny model, some tales and a raw book in, a report out."""

import json
import re
import sys
from pathlib import Path

import pytest

from shared.evaluation import REFERENCE
from tests.unit.training.evaluation.tiny import BOOK, TALE, save_tiny_model
from training.evaluation import books
from training.evaluation.__main__ import main
from training.evaluation.card import Facts, card, evenly
from training.evaluation.markdown import markdown
from training.evaluation.plots import read_curves
from training.evaluation.report import Report
from training.own_tales import TALES

FEEDBACK = (
    '{"kind": "rating", "model": "ours", "prompt": "p", "story": "s", "stars": 4}\n'
    '{"kind": "comparison", "prompt": "p", "model_a": "ours", "story_a": "s", "model_b": "theirs",'
    ' "story_b": "t", "winner": "a"}\n'
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the command ran, once for all tests."""
    folder = tmp_path_factory.mktemp("evaluation")
    save_tiny_model(folder / "model", context=1024)
    lines = TALES.read_text(encoding="utf-8").splitlines(keepends=True)
    test = [line for line in lines if '"split": "test"' in line]
    (folder / "tales.jsonl").write_text("".join(lines[:8] + test[:3]), encoding="utf-8")
    (folder / "books" / "shelf").mkdir(parents=True)
    (folder / "books" / "shelf" / "some_tales.txt").write_text(BOOK, encoding="utf-8")
    (folder / "train.jsonl").write_text(json.dumps({"prompt": "p", "story": TALE}) + "\n")
    (folder / "feedback.jsonl").write_text(FEEDBACK)
    (folder / "log.csv").write_text(
        "lesson,step,seconds,watched,loss\nfirst,1,1,train,5\nfirst,2,2,train,4\nlast,1,1,train,3\n"
    )
    command = ["evaluation", "--stories", "3", "--in-sample-texts", "4"]
    for option, name in (
        ("--model", "model"), ("--tales", "tales.jsonl"), ("--books", "books"), ("--out", "out"),
        ("--train-texts", "train.jsonl"), ("--feedback", "feedback.jsonl"), ("--log", "log.csv"),
    ):  # fmt: skip
        command += [option, str(folder / name)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", command)
        main()
    return folder


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    return Report.model_validate_json((folder / "out" / "report.json").read_text("utf-8"))


def test_it_writes_a_report_a_page_and_pictures(folder: Path) -> None:
    names = {path.name for path in (folder / "out").iterdir()}
    assert names == {"report.json", "report.md", "adherence.png", "lengths.png", "curve.png"}


def test_the_page_tells_the_protocols_apart_beside_the_reference(report: Report) -> None:
    text = markdown(report)
    for row in ("ours, in sample", "ours, held out", "reference, in sample"):
        assert f"| {row}" in text
    assert "These numbers flatter" in text
    assert "a never lost" not in text
    assert "ours never lost to another model" in text
    assert "### A lonely astronaut on the moon" in text


def test_protocols_are_what_they_say(report: Report) -> None:
    in_sample, held_out = report.protocols
    assert (in_sample.perplexity.texts, held_out.perplexity.texts) == (4, 3)
    assert in_sample.perplexity.tokens != held_out.perplexity.tokens


def test_conditions_share_their_prompts(report: Report) -> None:
    seeds = [[story.seed for story in one.stories] for one in report.conditions]
    assert [one.name for one in report.conditions] == [
        "as served",
        "without serving aids",
        "asked for nothing",
        "asked for something else",
        "the tales themselves",
    ]
    assert seeds == [seeds[0]] * 5
    assert len(set(seeds[0])) == 3
    as_served, bare, *_ = (one.sampling for one in report.conditions)
    assert as_served is not None
    assert bare is not None
    assert (as_served.end_at_sentence, as_served.keep_length) == (True, True)
    assert (bare.end_at_sentence, bare.keep_length, bare.seed_pull) == (False, False, 0)


def test_the_tales_themselves_are_the_measure(report: Report) -> None:
    found = report.conditions[-1].adherence
    assert found["ends_at_sentence"].value == 1
    assert found["seed_words"].value > found["foreign_seed_words"].value
    (to_tales,) = [d for d in report.differences if d.theirs == report.conditions[-1].name]
    ours = report.conditions[0].adherence["seed_words"].value
    assert to_tales.adherence["seed_words"].value == pytest.approx(ours - found["seed_words"].value)


def test_a_raw_book_is_cleaned_before_it_is_scored(report: Report) -> None:
    (book,) = report.books
    assert book.book == "some_tales"
    assert book.bare.words == pytest.approx(3 * len(TALE.split()) + 18, abs=2)
    assert book.prompted.tokens == book.bare.tokens
    assert book.prompted.bits_per_byte != book.bare.bits_per_byte


def test_the_card_is_made_of_the_report(report: Report) -> None:
    facts = Facts.load(Path("training/configs/fairytale-mini.card.toml"))
    text = card(report, facts)
    for line in (facts.licence.strip(), "## Limits", report.conditions[0].stories[2].seed):
        assert line in text
    head = text.split("## Stories")[0]
    assert not re.search(r"\$[a-z]", head)
    assert f"{report.protocols[1].perplexity.perplexity:.2f}" in text


def test_stories_on_the_card_are_taken_by_distance(report: Report) -> None:
    stories = list(report.conditions[0].stories)
    assert evenly(stories * 4, 6) == (stories * 4)[::2]
    assert evenly(stories, 12) == stories


def test_the_reference_row_agrees_with_itself() -> None:
    """BLEU is the brevity penalty times the geometric mean of the precisions."""
    bleu = REFERENCE.bleu
    product = bleu.precisions[0] * bleu.precisions[1] * bleu.precisions[2] * bleu.precisions[3]
    assert bleu.brevity_penalty * product**0.25 == pytest.approx(bleu.bleu, abs=0.0005)


def test_lessons_follow_each_other_on_the_curve(folder: Path) -> None:
    assert read_curves(folder / "log.csv") == {"train": [(1, 5.0), (2, 4.0), (3, 3.0)]}


def test_the_trainers_own_log_is_read_too(tmp_path: Path) -> None:
    log = tmp_path / "trainer_state.json"
    history = [{"step": 5, "loss": 3.0, "learning_rate": 0.1}, {"step": 5, "eval_loss": 4.0}]
    log.write_text(json.dumps({"log_history": history}))
    assert read_curves(log) == {"loss": [(5, 3.0)], "eval_loss": [(5, 4.0)]}
    log.write_text('{"log_history": []}')
    with pytest.raises(ValueError, match="no loss"):
        read_curves(log)


def test_books_can_be_scored_alone(
    folder: Path,
    report: Report,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = ["books", str(folder / "books"), "--model", str(folder / "model")]
    monkeypatch.setattr(sys, "argv", command)
    books.main()
    row = capsys.readouterr().out.splitlines()[-1]
    assert row.startswith(f"| some_tales | {report.books[0].bare.perplexity:.2f} |")


@pytest.mark.parametrize("command", [["evaluation", "--books"], ["books"]])
def test_where_no_book_was_held_out_it_is_said_at_once(
    tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    held_out = tmp_path / "held-out-books.jsonl"
    held_out.touch()
    monkeypatch.setattr(sys, "argv", [*command, str(held_out), "--model", str(tmp_path / "none")])
    with pytest.raises(SystemExit, match=r"held-out-books\.jsonl holds no tale"):
        (books.main if command == ["books"] else main)()
