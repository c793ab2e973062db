"""Where texts are read from."""

import json
from pathlib import Path

import datasets
import pytest

from tests.unit.training.evaluation.tiny import BOOK
from training.evaluation.texts import books_of, texts_of


def test_texts_come_from_every_form_that_training_has(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "b.jsonl").write_text(json.dumps({"paragraphs": ["two", "three"]}) + "\n")
    datasets.Dataset.from_list([{"text": "four"}]).to_parquet(str(tmp_path / "c.parquet"))
    rows = datasets.Dataset.from_list([{"prompt": "p", "story": "five"}])
    rows.save_to_disk(str(tmp_path / "d"))
    datasets.DatasetDict({"train": rows}).save_to_disk(str(tmp_path / "e"))
    (tmp_path / "manifest.json").write_text("{}")
    assert list(texts_of([tmp_path])) == ["one", "two\n\nthree", "four", "five", "five"]


def test_a_row_without_a_text_is_said(tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text('{"words": "none"}\n')
    with pytest.raises(ValueError, match="none of text"):
        list(texts_of([path]))


def test_of_prepared_tales_only_books_held_out_are_scored(tmp_path: Path) -> None:
    path = tmp_path / "tales.jsonl"
    rows = [
        {"book": "a", "split": "train", "text": "one"},
        {"book": "b", "split": "held-out-books", "text": "two"},
        {"book": "b", "split": "held-out-books", "text": "three"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert books_of(path, pytest.fail) == {"b": ["two", "three"]}


def test_a_folder_without_tales_is_said(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("eggs\nmilk\n")
    with pytest.raises(ValueError, match="no tale"):
        books_of(tmp_path, pytest.fail)


def test_books_of_one_name_are_told_apart_and_those_without_a_tale_are_named(
    tmp_path: Path,
) -> None:
    for name in ("bells", "shelf/bells", "shelf/more"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.txt").write_text(BOOK.replace("baker", name), encoding="utf-8")
    (tmp_path / "shelf" / "list.txt").write_text("eggs\nmilk\n")
    told = list[str]()

    books = books_of(tmp_path, told.append)

    assert list(books) == ["bells", "shelf/bells", "more"]
    assert all(f"a {name} who" in tales[0] for name, tales in books.items() if name != "more")
    assert told == ["leaving out list, in which no tale was found"]
