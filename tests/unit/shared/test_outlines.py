"""Outlines of words: equal for all disguises, and told from the parts of a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.explicit_list import Ruled
from shared.outlines import Outlines, joined, outline

WORDS = st.text(alphabet="aeiou*bst", max_size=8)


@pytest.mark.parametrize("disguise", ["lewd", "l*wd", "lewwwwd", "l*ewd", "llewdd", "liwd"])
def test_disguises_have_the_outline_of_the_word(disguise: str) -> None:
    assert outline(disguise) == outline("lewd")


@given(WORDS, WORDS)
def test_the_outline_of_a_word_follows_from_those_of_its_parts(first: str, second: str) -> None:
    assert joined(outline(first), outline(second)) == outline(first + second)


@given(WORDS, WORDS, WORDS)
def test_no_word_is_lost_while_its_parts_come(first: str, second: str, ending: str) -> None:
    outlines = Outlines([first + second], [first])
    for parts in ((first, second), (first, ending)):
        followed: str | None = ""
        for part in parts:
            assert followed is not None
            followed = outlines.follow(joined(followed, outline(part)))
        assert followed in outlines.whole


def test_what_begins_no_word_is_given_up() -> None:
    outlines = Outlines(["shut"], ["lewd"])
    assert [outlines.follow(outline(each)) for each in ("sh", "sht", "lowdness", "alewd")] == [
        "sh",
        None,
        "lawd",
        None,
    ]


def test_nothing_begins_so_where_nothing_is_looked_for() -> None:
    assert Outlines([], []).follow(outline("lewd")) is None


def test_a_hashed_word_needs_its_outline() -> None:
    with pytest.raises(ValidationError):
        Ruled(version="t", phrases=(), hashed_words=frozenset({"044eb98b18769b88"}))
