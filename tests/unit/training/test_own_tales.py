"""The project's own tales: each is what its label says, and the test split stays unseen."""

from collections import Counter

import pytest

from shared.schemas import Length, PointOfView
from training.controls import QUOTED
from training.lexicon import FIRST_PERSON
from training.own_tales import OwnTale, Split, read_own_tales, split_of
from training.readability import words_of

WORDS = {Length.SHORT: (115, 190), Length.MEDIUM: (200, 340), Length.LONG: (370, 560)}
MOST_SHARED_RUNS = 1
"""Runs of eight words that two tales may have in common: a turn of phrase, not a sentence."""


@pytest.fixture(scope="module")
def tales() -> list[OwnTale]:
    return [tale for split in Split for tale in read_own_tales(split)]


def test_there_are_many_and_every_one_has_its_own_id(tales: list[OwnTale]) -> None:
    assert len(tales) > 400
    assert len({tale.id for tale in tales}) == len(tales)


def test_no_two_tales_share_their_sentences(tales: list[OwnTale]) -> None:
    owners = dict[tuple[str, ...], str]()
    shared = Counter[tuple[str, str]]()
    for tale in tales:
        words = words_of(tale.text)
        for start in range(len(words) - 7):
            owner = owners.setdefault(tuple(words[start : start + 8]), tale.id)
            if owner != tale.id:
                shared[owner, tale.id] += 1
    assert all(count <= MOST_SHARED_RUNS for count in shared.values()), shared.most_common(5)


def test_the_point_of_view_is_the_label(tales: list[OwnTale]) -> None:
    for tale in tales:
        narrated = words_of(QUOTED.sub(" ", tale.text))
        first = sum(word in FIRST_PERSON for word in narrated)
        if tale.controls.pov is PointOfView.FIRST:
            assert first > len(narrated) / 60, tale.id
        else:
            assert first == 0, tale.id


def test_the_length_is_the_label(tales: list[OwnTale]) -> None:
    for tale in tales:
        fewest, most = WORDS[tale.controls.length]
        assert fewest <= len(tale.text.split()) <= most, tale.id


def test_plain_characters_whole_speeches_and_a_last_sentence(tales: list[OwnTale]) -> None:
    for tale in tales:
        assert tale.text.isascii(), tale.id
        assert all(part.count('"') % 2 == 0 for part in tale.text.split("\n\n")), tale.id
        assert tale.text[-1] in '.!?"', tale.id


def test_a_tale_has_words_of_its_seed(tales: list[OwnTale]) -> None:
    for tale in tales:
        told = set(words_of(tale.text))
        assert any(word in told for word in words_of(tale.seed) if len(word) > 3), tale.id


def test_splits_are_chosen_by_title(tales: list[OwnTale]) -> None:
    assert all(tale.split is split_of(tale.title) for tale in tales)
    shares = {split: count / len(tales) for split, count in Counter(t.split for t in tales).items()}
    assert 0.08 < shares[Split.TEST] < 0.12
    assert 0.02 < shares[Split.VALIDATION] < 0.05


def test_no_test_tale_is_among_the_training_examples() -> None:
    trained = {tale.example for tale in read_own_tales(Split.TRAIN)}

    assert not any(tale.example in trained for tale in read_own_tales(Split.TEST))
