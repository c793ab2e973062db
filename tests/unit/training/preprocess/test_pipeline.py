"""The sample books, written for this project, through every step; and what a second run does."""

from collections.abc import Iterator
from pathlib import Path

import datasets
import pytest

from training.evaluation.texts import texts_of
from training.preprocess.check import leaks_of, report
from training.preprocess.delimiter import delimited
from training.preprocess.pipeline import STAGES, Places, run_stage
from training.preprocess.records import ChosenTale, read_records
from training.preprocess.saving import FEATURES
from training.tales import Split, Tale, read_tales

SAMPLE = Path(__file__).parents[4] / "training" / "data" / "sample_books"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()


def places(out: Path, books: Path = SAMPLE) -> Places:
    return Places(books, out, SAMPLE / "catalogue.csv")


def run(out: Path, books: Path = SAMPLE) -> list[str]:
    """The names of the steps that had something to do."""
    return [stage.name for stage in STAGES if run_stage(stage, places(out, books)) is not None]


def test_the_tales_and_nothing_but_the_tales(tmp_path: Path) -> None:
    run(tmp_path)
    tales = list(read_records(places(tmp_path).between("selection"), ChosenTale))
    assert {tale.title: tale.split for tale in tales} == {
        "Osric and the Heron": Split.TRAIN,
        "THE GIRL WHO KEPT GEESE": Split.TRAIN,
        "THE DEEP WELL": Split.TRAIN,
        "The Baker Who Could Not Sleep": Split.TRAIN,
        "The Street of a Quarter to Three": Split.TRAIN,
        "I THE THRUSH ON THE HILL": Split.VALIDATION,
        "II THE KITE OF SCRAPS": Split.TRAIN,
        "THE MOUSE IN THE BELL": Split.HELD_OUT,
    }
    by_title = {tale.title: tale for tale in tales}
    thrush = by_title["I THE THRUSH ON THE HILL"].paragraphs
    assert "The snow is in the fold,\nThe moon is in the tree,\n" in "\n".join(thrush)
    assert by_title["THE GIRL WHO KEPT GEESE"].paragraphs[2].startswith("One evening the grey")
    assert by_title["THE GIRL WHO KEPT GEESE"].text.endswith("never had to count past nine.")
    baker = by_title["The Baker Who Could Not Sleep"]
    assert '"Lie down," said the baker. "You have to rise in the morning."' in baker.text
    assert report(places(tmp_path).between("selection")) == 0


def test_the_outputs_agree_with_each_other(tmp_path: Path) -> None:
    run(tmp_path)
    for split in Split:
        dataset = datasets.Dataset.load_from_disk(str(tmp_path / "dataset" / split))
        texts = list(dataset["text"])
        assert delimited(texts) == (tmp_path / f"{split}.txt").read_text("utf-8")
        assert [tale.text for tale in read_tales(tmp_path / f"{split}.jsonl")] == [
            text for text, plain in zip(texts, dataset["plain"], strict=True) if plain
        ]
        parquet = datasets.Dataset.from_parquet(str(tmp_path / "parquet" / f"{split}.parquet"))
        assert list(parquet["text"]) == texts
        assert list(dataset["readability"]) == sorted(dataset["readability"])


def test_an_empty_split_can_be_read_and_nothing_of_it_is_left_of_a_run_before(
    tmp_path: Path,
) -> None:
    run(tmp_path)
    run(tmp_path, SAMPLE / "harbour")  # all for training
    for split in (Split.VALIDATION, Split.HELD_OUT):
        dataset = datasets.Dataset.load_from_disk(str(tmp_path / "dataset" / split))
        assert (len(dataset), dataset.features) == (0, FEATURES)
        assert not list(read_tales(tmp_path / f"{split}.jsonl"))
    in_parquet, in_arrow = (list(texts_of([tmp_path / form])) for form in ("parquet", "dataset"))
    assert in_parquet == in_arrow
    assert len(in_arrow) == 3
    assert run(tmp_path, SAMPLE / "harbour") == []


def test_a_second_run_has_nothing_to_do_and_a_broken_one_goes_on(tmp_path: Path) -> None:
    assert run(tmp_path) == [stage.name for stage in STAGES]
    assert run(tmp_path) == []
    places(tmp_path).between("whitespace").unlink()
    assert run(tmp_path) == ["whitespace"]
    (tmp_path / "preprocess" / "selection.manifest.json").unlink()
    assert run(tmp_path) == ["selection"]
    (tmp_path / "train.txt").write_text("torn")
    assert run(tmp_path) == ["delimiter"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The Project Gutenberg eBook", "publisher"),
        ("He went [Footnote 3: a note].", "markup"),
        ("See Ralston, p. 66, on this.", "page"),
        ("So far the compiler.", "editor"),
        ("CHAPTER IV", "heading"),
        ("THE HAUNTED MILL", "heading"),
    ],
)
def test_give_aways_are_found(text: str, kind: str) -> None:
    assert kind in {leak.kind for leak in leaks_of(Tale("b", "c", "t", [text], False))}


def test_a_storys_own_words_are_no_give_aways() -> None:
    text = 'He wrote in his note-book on some pretext. "STOP!" cried the editor.'
    assert not list(leaks_of(Tale("b", "c", "t", [text], False)))
