"""What is dropped of a story that does not fit."""

from hypothesis import given
from hypothesis import strategies as st

from shared.prompts import shorten


def at_most(limit: int):  # type: ignore[no-untyped-def]
    return lambda text: len(text) <= limit


def test_story_that_fits_is_left_alone() -> None:
    assert shorten("One.\n\nTwo.", at_most(10)) == "One.\n\nTwo."


def test_whole_paragraphs_go_first() -> None:
    story = "A. " * 10 + "\n\n" + "B. " * 10 + "\n\n" + "C. " * 10
    assert shorten(story, at_most(70)) == "B. " * 10 + "\n\n" + "C. " * 10


def test_a_last_paragraph_that_is_too_long_or_too_short_is_cut_at_a_sentence() -> None:
    assert shorten("A fox ran. It was “red.” The end of it.", at_most(30)) == (
        "It was “red.” The end of it."
    )
    story = "One sentence. " * 10 + "\n\nThe end."
    assert shorten(story, at_most(100)) == "One sentence. " * 6 + "\n\nThe end."


def test_then_words_then_characters() -> None:
    assert shorten("a fox ran over the wide snow", at_most(14)) == "the wide snow"
    assert shorten("x" * 50, at_most(7)) == "x" * 7


@given(st.text(max_size=200), st.integers(0, 200))
def test_what_is_left_fits_and_is_the_storys_end(story: str, limit: int) -> None:
    left = shorten(story, at_most(limit))
    assert len(left) <= limit
    assert story.endswith(left)
    assert left == story or len(left) >= min(limit, len(story)) // 2 - 1
