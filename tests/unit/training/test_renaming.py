"""Other names: everywhere in the tale, of the right kind, and nothing that is no name."""

import random

import pytest

from shared.schemas import Genre, Length, PointOfView, StoryControls, Style
from training.grammar.language import Language
from training.own_tales import OwnTale, Split
from training.renaming import Renamer

WORDS = Language.load().words


def tale(text: str, seed: str = "Runa and the well") -> OwnTale:
    controls = StoryControls(
        genre=Genre.FABLE, pov=PointOfView.THIRD, style=Style.FOLK_TALE, length=Length.SHORT
    )
    return OwnTale(id="a", split=Split.TRAIN, title="A", seed=seed, controls=controls, text=text)


@pytest.fixture
def renamer() -> Renamer:
    return Renamer(WORDS, lower=frozenset({"fox"}))


def test_a_name_changes_everywhere_and_keeps_to_its_kind(renamer: Renamer) -> None:
    told = tale('Down in Lisbon lived Runa. Runa dug a well, and she sang. "Runa!" called old Fox.')

    renamed = renamer.renamed(told, random.Random(1))

    assert "Runa" not in renamed.text + renamed.seed
    (name,) = {name for name in WORDS.women if name in renamed.text}
    assert renamed.text.count(name) == 3
    assert renamed.seed == f"{name} and the well"
    assert "Lisbon" in renamed.text
    assert "Fox" in renamed.text


def test_two_people_stay_two(renamer: Renamer) -> None:
    told = tale("He was glad, and Ulf and Bertil saw him. Ulf took his hat, and Bertil his coat.")

    renamed = renamer.renamed(told, random.Random(2))

    names = [name for name in WORDS.men if f" {name}" in f" {renamed.text}"]
    assert len(names) == 2
    assert [renamed.text.count(name) for name in names] == [2, 2]


@pytest.mark.parametrize(
    "text", ["He saw Runa, and she saw him.", "The fox slept.", "I saw Runa at the well."]
)
def test_where_it_is_unclear_nothing_changes(renamer: Renamer, text: str) -> None:
    assert renamer.renamed(tale(text), random.Random(3)) == tale(text)
