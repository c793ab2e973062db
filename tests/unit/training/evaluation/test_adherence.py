"""The rules by which a story is held against what was asked."""

import pytest

from shared.schemas import FinishReason, Genre, Length, PointOfView, StoryControls
from training.evaluation.adherence import (
    ControlAdherence,
    Judges,
    Marks,
    length_class,
    marks_of,
    share_of,
)
from training.evaluation.copying import SeenGrams
from training.evaluation.genres import GenreJudge, genre_by_rule
from training.evaluation.stories import Story
from training.evaluation.words import content_stems, ends_at_sentence, sentences, stems
from training.own_tales import Split, read_own_tales

FIRST = (
    "I went home over the hill, and my dog came with me all the way. The wind blew cold that "
    'night, and we were both glad of the fire. "You are late," said the ghost in the kitchen.'
)
THIRD = (
    "The baker went home over the hill, and his dog came with him all the way. The wind blew cold "
    'that night, and both were glad of the fire. "I am late," said the baker, "and so is my dog."'
)
SEED, FOREIGN = "A baker and his faithful dog", "The lost crown of the sea king"


@pytest.fixture(scope="module")
def judges() -> Judges:
    return Judges(GenreJudge.fit(read_own_tales(Split.TRAIN)), SeenGrams.of([THIRD]))


def marks(
    judges: Judges,
    text: str,
    *,
    pov: PointOfView = PointOfView.THIRD,
    tokens: int = 90,
    finish: FinishReason = FinishReason.STOP,
) -> Marks:
    controls = StoryControls(pov=pov, genre=Genre.HORROR, length=Length.SHORT)
    story = Story(text, tokens, finish)
    return marks_of(story, seed=SEED, controls=controls, foreign=FOREIGN, judges=judges)


def test_speech_does_not_count_for_the_point_of_view(judges: Judges) -> None:
    assert marks(judges, THIRD)["third_person"] == 1
    assert marks(judges, FIRST)["third_person"] == 0
    assert marks(judges, FIRST, pov=PointOfView.FIRST)["first_person"] == 1
    assert "third_person" not in marks(judges, FIRST, pov=PointOfView.FIRST)


def test_a_length_class_is_right_only_for_a_story_that_ended_itself(judges: Judges) -> None:
    assert marks(judges, THIRD)["length_class"] == 1
    assert marks(judges, THIRD, tokens=257)["length_class"] == 0
    assert marks(judges, THIRD, finish=FinishReason.LENGTH)["length_class"] == 0
    assert marks(judges, THIRD[:-20])["length_class"] == 0


@pytest.mark.parametrize(
    ("tokens", "length"),
    [(1, "short"), (256, "short"), (257, "medium"), (480, "medium"), (800, "long"), (801, None)],
)
def test_length_classes_are_the_budgets_of_the_service(tokens: int, length: str | None) -> None:
    assert length_class(tokens) == length


def test_a_sentence_that_the_limit_closed_was_not_ended_by_the_story(judges: Judges) -> None:
    cut = marks(judges, THIRD, finish=FinishReason.LENGTH)
    assert (cut["ends_at_sentence"], cut["ends_by_itself"]) == (1, 0)


def test_a_story_is_held_against_its_own_seed_and_a_foreign_one(judges: Judges) -> None:
    found = marks(judges, THIRD)
    assert (found["main_noun"], found["foreign_main_noun"]) == (1, 0)
    assert found["seed_words"] == pytest.approx(2 / 3)
    assert found["foreign_seed_words"] == 0


def test_words_count_whatever_their_ending() -> None:
    assert share_of("Two bakers", {"baker"}) == 1
    assert share_of("And then?", {"baker"}) == 0


def test_copied_runs_are_told(judges: Judges) -> None:
    assert (marks(judges, THIRD)["copied"], marks(judges, THIRD)["original"]) == (1, 0)
    assert marks(judges, FIRST)["copied"] < 0.5


def test_rule_words_name_a_genre_or_none() -> None:
    assert genre_by_rule("The ghost rose from the grave.") is Genre.HORROR
    assert genre_by_rule("The ghost and the ship.") is None
    assert genre_by_rule("A hen ate corn.") is None


def test_the_genre_judge_knows_the_tales_it_learned_and_beats_chance_on_others() -> None:
    train, test = list(read_own_tales(Split.TRAIN)), list(read_own_tales(Split.TEST))
    judge = GenreJudge.fit(train)
    for tales, least in ((train, 0.6), (test, 0.25)):
        right = sum(judge.judge(tale.text) is tale.controls.genre for tale in tales)
        assert right / len(tales) > least


def test_the_metric_means_the_marks(judges: Judges) -> None:
    asked = {"pov": "third-person", "genre": "horror", "length": "short"}
    result = ControlAdherence().compute(
        predictions=[{"text": text, "tokens": 90, "finish": "stop"} for text in (THIRD, FIRST)],
        references=[asked | {"seed": SEED}, asked | {"seed": FOREIGN}],
        judges=judges,
    )
    assert result["third_person"]["value"] == pytest.approx(0.5)
    assert result["main_noun"] == {"value": 0.5, "low": 0.0, "high": 1.0, "n": 2}


@pytest.mark.parametrize("text", ["He slept.", '"Stop!" ', "So it was…", "“Who?”\n", "(The end.)"])
def test_closed_sentences(text: str) -> None:
    assert ends_at_sentence(text)


@pytest.mark.parametrize("text", ["He slept", "He slept,", '"Stop', "", "St. Ives and"])
def test_open_sentences(text: str) -> None:
    assert not ends_at_sentence(text)


def test_sentences_and_words_that_carry_meaning() -> None:
    assert sentences('He ran. "Stop!" she cried.\n\nThe end') == [
        "He ran.",
        '"Stop!',
        "she cried.",
        "The end",
    ]
    assert content_stems("The baker and the bakers of Ulm's bread") == ["baker", "ulm", "bread"]


def test_a_princess_is_no_prince() -> None:
    assert stems("The princes saw a princess") == ["the", "prince", "saw", "a", "princes"]
