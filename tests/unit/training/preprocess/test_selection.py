"""Who stays, who has to leave, and that no side of the split knows the other's tales."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from training.family_filter import FamilyFilter
from training.lexicon import word_set
from training.preprocess.records import ChosenTale
from training.preprocess.selection import book_number, select
from training.tales import Split, Tale

WORDS = word_set("""
    miller otter bell ferry lantern goose orchard kite thimble badger weaver harbour candle swallow
    granary sexton jeweller chisel herring arcade
""")
VALIDATION_TITLE = "THE THRUSH ON THE HILL"


def tale(book: str, title: str, start: int, *, extra: str = "") -> Tale:
    names = [f"{word}{'abcdefgh'[start]}" for word in sorted(WORDS)]
    old = start * "old "
    sentences = [f"The {a} went out to look for the {b} of {old}again." for a, b in pairwise(names)]
    return Tale(book, "grimm", title, [" ".join(sentences), f"And so it ended. {extra}"], False)


def chosen(tales: Sequence[Tale]) -> tuple[list[ChosenTale], dict[str, int]]:
    kept, counts = select(tales, {9}, FamilyFilter.load())
    return kept, dict(counts)


def test_the_split_goes_by_book_and_then_by_title() -> None:
    kept, _ = chosen(
        [tale("pg1_A", "THE MILL", 1), tale("pg1_A", VALIDATION_TITLE, 2), tale("pg9_B", "X Y", 3)]
    )
    splits = {each.title: each.split for each in kept}
    assert splits == {
        "THE MILL": Split.TRAIN,
        VALIDATION_TITLE: Split.VALIDATION,
        "X Y": Split.HELD_OUT,
    }


def test_a_reprint_of_a_held_out_tale_leaves_the_training_split() -> None:
    kept, counts = chosen([tale("pg1_A", "THE MILL", 1), tale("pg9_B", "MILLER'S LUCK", 1)])
    assert [each.book for each in kept] == ["pg9_B"]
    assert counts["dropped: kin of a validation or held-out tale"] == 1


def test_a_namesake_of_a_held_out_tale_leaves_too() -> None:
    kept, _ = chosen([tale("pg1_A", "I. The Mill", 1), tale("pg9_B", "THE MILL", 2)])
    assert [each.book for each in kept] == ["pg9_B"]


def test_of_two_reprints_one_stays() -> None:
    kept, counts = chosen([tale("pg1_A", "THE MILL", 1), tale("pg2_B", "THE MILLER", 1)])
    assert len(kept) == 1
    assert counts["dropped: reprint of a plainer text"] == 1


def test_what_a_family_should_not_hear_is_dropped_and_counted() -> None:
    kept, counts = chosen([tale("pg1_A", "THE MILL", 1, extra="His entrails fell out.")])
    assert not kept
    assert counts["dropped: cruelty in detail"] == counts["dropped by the family filter"] == 1


def test_a_tale_in_another_language_is_dropped() -> None:
    french = ["Il y avait une fois un meunier qui vivait avec ses trois fils. " * 12]
    kept, counts = chosen([Tale("pg1_A", "grimm", "LE MOULIN", french, False)])
    assert not kept
    assert counts["dropped: explained or foreign, not told"] == 1


def test_the_plainest_tale_comes_first() -> None:
    hard = "; and furthermore thou wilt behold whatsoever verily hath been foretold" * 12
    kept, _ = chosen([tale("pg1_A", "HARD", 1, extra=hard), tale("pg1_A", "PLAIN", 2)])
    assert [each.title for each in kept] == ["PLAIN", "HARD"]


@pytest.mark.parametrize(
    ("name", "number"), [("pg503_The_Blue", 503), ("503-0", 503), ("letters", None)]
)
def test_a_books_number_is_in_its_name(name: str, number: int | None) -> None:
    assert book_number(name) == number
