"""Another hero: in seed and tale, one and many, with its article, and of the same kind."""

import random

import pytest

from shared.schemas import Genre, Length, PointOfView, StoryControls, Style
from training.own_tales import OwnTale, Split
from training.recasting import Recaster, plural


def tale(seed: str, text: str) -> OwnTale:
    controls = StoryControls(
        genre=Genre.FABLE, pov=PointOfView.THIRD, style=Style.FOLK_TALE, length=Length.SHORT
    )
    return OwnTale(id="a", split=Split.TRAIN, title="A", seed=seed, controls=controls, text=text)


@pytest.fixture
def recaster() -> Recaster:
    kinds = [frozenset({"fox", "ant", "pony"}), frozenset({"baker", "tailor"})]
    return Recaster({hero: kind for kind in kinds for hero in kind})


def test_a_hero_changes_in_seed_and_tale_with_article_number_and_capital(
    recaster: Recaster,
) -> None:
    told = tale(
        "a fox in the snow", 'A fox met other foxes. "Fox!" they called. The fox\'s tail froze.'
    )

    heroes = {recaster.recast(told, random.Random(seed)).seed for seed in range(20)}
    assert heroes == {"an ant in the snow", "a pony in the snow"}

    told_again = next(
        again
        for seed in range(20)
        if (again := recaster.recast(told, random.Random(seed))).seed.startswith("an")
    )
    assert told_again.text == 'An ant met other ants. "Ant!" they called. The ant\'s tail froze.'


def test_two_heroes_change_each_within_its_kind(recaster: Recaster) -> None:
    told = tale("The bakers and a pony", "Two bakers had a pony. The ant saw it.")

    again = recaster.recast(told, random.Random(1))

    # The ant is in the tale already: two would become one.
    assert again.seed == "The tailors and a fox"
    assert again.text == "Two tailors had a fox. The ant saw it."


@pytest.mark.parametrize("seed", ["A whale and a foxglove", "the lost mitten"])
def test_a_seed_that_names_nobody_we_know_changes_nothing(recaster: Recaster, seed: str) -> None:
    told = tale(seed, "The fox slept.")
    assert recaster.recast(told, random.Random(1)) == told


def test_every_hero_has_others_of_its_kind_and_belongs_to_one() -> None:
    recaster = Recaster.load()
    assert all(hero in kind and len(kind) > 10 for hero, kind in recaster.kinds.items())
    assert len(set(recaster.kinds.values())) == 6


@pytest.mark.parametrize(
    ("one", "many"), [("fox", "foxes"), ("pony", "ponies"), ("monkey", "monkeys")]
)
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many
