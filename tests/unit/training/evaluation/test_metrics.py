"""Metrics on texts alone, against published and hand-computed values."""

import math
from pathlib import Path

import pytest
from sacrebleu.metrics.bleu import BLEU

from training.evaluation.copying import CopiedGrams, SeenGrams
from training.evaluation.diversity import Distinct, Repetition, SelfBleu
from training.evaluation.overlap import Bleu, Rouge

GUIDE = (
    "It is a guide to action which ensures that the military always obeys the commands of the party"
)
GUIDE_REFERENCES = [
    "It is a guide to action that ensures that the military will forever heed Party commands",
    "It is the guiding principle which guarantees the military forces always being under the "
    "command of the Party",
    "It is the practical guide for the army always to heed the directions of the party",
]


def test_bleu_of_the_example_in_its_paper() -> None:
    """Papineni and others 2002, section 2.1: 17 of 18 words and 10 of 17 pairs are matched."""
    result = Bleu().compute(predictions=[GUIDE], references=[GUIDE_REFERENCES])
    assert result["precisions"][:2] == pytest.approx([17 / 18, 10 / 17])
    assert (result["brevity_penalty"], result["length"]) == (1.0, 18)


def test_bleu_clips_a_word_at_its_use_in_a_reference() -> None:
    """The paper's `the the the the the the the`: 2 of 7."""
    references = ["the cat is on the mat", "there is a cat on the mat"]
    result = Bleu().compute(predictions=["the the the the the the the"], references=[references])
    assert result["precisions"][0] == pytest.approx(2 / 7)


def test_bleu_of_a_text_with_itself_is_one() -> None:
    result = Bleu().compute(predictions=[GUIDE], references=[[GUIDE]])
    assert result["bleu"] == pytest.approx(1)


def test_bleu_multiplies_its_parts() -> None:
    short = "It is a guide to action that ensures"
    result = Bleu().compute(predictions=[short], references=[[GUIDE_REFERENCES[0]]])
    assert result["length_ratio"] == pytest.approx(8 / 16)
    assert result["brevity_penalty"] == pytest.approx(math.exp(1 - 16 / 8))
    mean = math.prod(result["precisions"]) ** 0.25
    assert result["bleu"] == pytest.approx(result["brevity_penalty"] * mean)


def test_bleu_takes_texts_with_different_numbers_of_references() -> None:
    result = Bleu().compute(predictions=[GUIDE, "a b c d"], references=[[GUIDE, "x"], ["a b c d"]])
    assert result["bleu"] == pytest.approx(1)


def test_rouge_of_the_example_in_its_paper() -> None:
    """Lin 2004, section 3: ROUGE-L is 3/4 for the first and 2/4 for the second."""
    told = "police killed the gunman"
    result = Rouge().compute(
        predictions=["police kill the gunman", "the gunman kill police"], references=[[told]] * 2
    )
    assert result["each"]["rougeL"] == pytest.approx([3 / 4, 2 / 4])
    assert result["each"]["rouge2"] == pytest.approx([1 / 3, 1 / 3])
    assert result["rouge1"] == pytest.approx(3 / 4)


def test_rouge_takes_the_best_reference() -> None:
    result = Rouge().compute(predictions=["a b c"], references=[["x y z", "a b c"]])
    assert result["rougeL"] == pytest.approx(1)


def test_distinct_counts_over_all_texts_and_in_each() -> None:
    result = Distinct().compute(predictions=["a b a b", "a b"])
    assert result["distinct_1"] == pytest.approx(2 / 6)
    assert result["mean_distinct_1"] == pytest.approx((2 / 4 + 1) / 2)
    assert result["distinct_2"] == pytest.approx(2 / 4)
    assert result["distinct_3"] == pytest.approx(1)


def test_self_bleu_is_sacrebleu_with_the_others_as_references() -> None:
    texts = [GUIDE, *GUIDE_REFERENCES, "The cat sat. The cat sat on the mat, and the cat slept."]
    expected = [
        BLEU(effective_order=True)
        .sentence_score(text, [other for other in texts if other is not text])
        .score
        / 100
        for text in texts
    ]
    result = SelfBleu().compute(predictions=texts)
    assert result["each"] == pytest.approx(expected)
    assert result["self_bleu"] == pytest.approx(sum(expected) / 5)


def test_copies_have_self_bleu_one() -> None:
    assert SelfBleu().compute(predictions=[GUIDE, GUIDE])["self_bleu"] == pytest.approx(1)


def test_repetition_within_a_text() -> None:
    """Nine words with 6 runs of four, the first of which comes back once."""
    result = Repetition().compute(predictions=["one two three four five one two three four"])
    assert result["repeated_4_grams"] == pytest.approx(1 / 6)
    said = 'He ran. "Stop!" she cried. He ran.\n\nHe ran.'
    assert Repetition().compute(predictions=[said])["repeated_sentences"] == pytest.approx(2 / 5)


def test_copied_grams_are_runs_of_the_training_texts() -> None:
    training = ["a b c d e f g h i j", "k l m n o p q r"]
    texts = [
        "b c d e f g h i x",  # one of two runs
        "k l m n o p q R",  # the whole of a text, whatever the case
        "h g f e d c b a",  # the same words in another order
        "i j k l m n o p q",  # across two texts
        "a b",  # too short
    ]
    result = CopiedGrams().compute(predictions=texts, seen=training)
    assert result["each"] == pytest.approx([0.5, 1, 0, 0, 0])
    assert result["original"] == pytest.approx(3 / 5)


def test_nothing_is_copied_from_nothing() -> None:
    assert SeenGrams.of([]).share_in("a b c d e f g h") == 0


def test_metrics_describe_themselves_and_leave_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for kind in (Bleu, Rouge, Distinct, SelfBleu, Repetition, CopiedGrams):
        metric = kind(cache_dir=str(tmp_path / "cache"))
        assert metric.description
        assert metric.citation
        assert "predictions" in metric.features
    assert not list(tmp_path.iterdir())
