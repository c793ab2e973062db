"""Which texts tell the same story, and which only begin alike."""

import pytest

from training.near_duplicates import clusters, pairs_between, pairs_within, title_key

FORMULA = "Once upon a time there was a king who had three sons and no more money. "
CINDERS = (
    "Aschenputtel wept beneath the hazel tree, and a white pigeon threw down a gown of silver. "
    "At the ball the prince would dance with nobody else, and on the stairs, smeared with pitch, "
    "her golden slipper stuck. The stepsister cut her heel, and the pigeon cried of blood. "
)
TELLING = (
    "Under a hazel bough Aschenputtel was crying when the pigeon let a silver gown fall. The "
    "prince danced with her at each ball. Pitch lay on every stair, so a slipper of gold was left; "
    "then one stepsister hurt her own heel to wear it, but a pigeon betrayed her. "
)
MILL = (
    "The miller counted swallows over his wheel while flour dusted the mule, the sacks, the cat. "
    "Down came a flood, the weir broke, and a pike swam through the granary door at noon. "
)
OTHERS = [
    f"The {animal} met a {person} near the {place}, and they argued about {thing} until evening."
    for animal, person, place, thing in (
        ("fox", "sexton", "belfry", "candles"),
        ("otter", "ferryman", "jetty", "herrings"),
        ("magpie", "jeweller", "arcade", "thimbles"),
        ("badger", "sculptor", "quarry", "chisels"),
    )
]


def test_a_reprint_is_found_by_what_it_copies() -> None:
    (pair,) = pairs_within([MILL * 3, CINDERS * 3, MILL * 3 + OTHERS[0]])
    assert (pair.first, pair.second, pair.is_reprint) == (0, 2, True)


def test_another_telling_is_found_by_its_rare_words() -> None:
    (pair,) = pairs_within([CINDERS, MILL, *OTHERS, TELLING])
    assert (pair.first, pair.second, pair.is_reprint) == (0, 6, False)
    assert pair.likeness > 0.15


def test_a_common_beginning_makes_no_kin() -> None:
    assert not pairs_within([FORMULA + text for text in (CINDERS, MILL, *OTHERS)])


def test_pairs_between_two_sets_pass_over_those_within_one() -> None:
    pairs = pairs_between([MILL, CINDERS, MILL, *OTHERS], [OTHERS[2][::-1], TELLING])
    assert [(pair.first, pair.second) for pair in pairs] == [(1, 1)]


def test_kin_of_kin_are_one_cluster() -> None:
    assert clusters(5, [(3, 1), (4, 3)]) == [0, 1, 2, 1, 1]


@pytest.mark.parametrize(
    "title", ["XII. THE SNOW QUEEN", "The Snow-Queen (Andersen)", "12 Snow Queen", "A SNOW QUEEN."]
)
def test_a_title_is_the_same_in_every_book(title: str) -> None:
    assert title_key(title) == "snow queen"


def test_letters_of_a_title_are_no_numerals() -> None:
    assert title_key("MIXED CLAY") == "mixed clay"
