"""Composed tales: the seed is kept, the point of view is kept, the length is kept."""

import random
import re

import pytest

from shared.schemas import Length, PointOfView
from training.controls import QUOTED
from training.examples import Example
from training.grammar.compose import compose
from training.grammar.language import Language
from training.grammar.plot import article


def tokens(text: str) -> int:
    """About what the tokenizer counts: a quarter more than words."""
    return len(text.split()) * 5 // 4


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return list(compose(Language.load(), random.Random(3), 300, tokens))


def test_point_of_view_is_kept_outside_speech(examples: list[Example]) -> None:
    for example in examples:
        narrated = QUOTED.sub(" ", example.story).split()
        first = {"I", "me", "my"} & set(narrated)
        assert bool(first) == (f"POV: {PointOfView.FIRST}" in example.prompt), example.story


def test_the_hero_of_the_seed_is_in_the_tale_early_and_often(examples: list[Example]) -> None:
    words = Language.load().words
    names = {*words.men, *words.women}
    for example in examples:
        seed, story = example.prompt.rsplit("Story seed: ", 1)[1], example.story
        named = [who for who in [*words.heroes, *names] if re.search(rf"\b{who}\b", seed)]
        early = [who for who in named if who in story.split("\n\n")[0]]
        # Who tells a tale says the name once, and then "I".
        assert any(story.count(who) > 1 or who in names for who in early), example


def test_no_choice_or_slot_is_left_open(examples: list[Example]) -> None:
    assert not any(char in example.story for example in examples for char in "[]{}|")


def test_all_lengths_occur_and_are_kept(examples: list[Example]) -> None:
    for length in Length:
        sizes = [tokens(e.story) for e in examples if f"Length: {length}." in e.prompt]
        assert sizes
        assert max(sizes) < length.token_budget


@pytest.mark.parametrize("phrase", ["an old key", "a unicorn", "a one-eyed cat", "a key"])
def test_article(phrase: str) -> None:
    assert article(phrase.split(" ", 1)[1]) == phrase
