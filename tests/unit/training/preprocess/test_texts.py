"""Lines become paragraphs, pieces become a story, stories become a training text."""

import pytest

from training.preprocess.concatenation import mended, tales_of
from training.preprocess.delimiter import delimited
from training.preprocess.records import Section
from training.preprocess.whitespace import unwrap

PARAGRAPH = " ".join(["He rose before the sun and counted the swallows on the roof."] * 10)


def section(title: str, *blocks: str, collection: str = "grimm") -> Section:
    return Section("pg1_Tales", collection, title, list(blocks))


def test_wrapped_lines_join_but_verse_keeps_its_lines() -> None:
    wrapped = (
        "There was once a miller who had a mill, and the mill stood by a\nriver ,  and turned.\n"
    )
    assert unwrap(wrapped) == (
        "There was once a miller who had a mill, and the mill stood by a river, and turned."
    )
    assert unwrap("Mirror, mirror,\non the wall") == "Mirror, mirror,\non the wall"


def test_a_paragraph_torn_by_a_picture_is_mended() -> None:
    torn = ["The king rose and", "went to the window.", "Then he slept."]
    assert mended(torn) == ["The king rose and went to the window.", "Then he slept."]


def test_verse_is_never_mended_into_prose() -> None:
    verse = ["She sang:\nHush and", "he slept."]
    assert mended(verse) == verse


def test_numbered_parts_belong_to_the_story_before_them() -> None:
    told = list(tales_of([section("THE MILL", PARAGRAPH), section("II.", PARAGRAPH)]))
    assert [(tale.title, len(tale.paragraphs)) for tale in told] == [("THE MILL", 2)]


def test_chapters_of_a_longer_work_stay_apart_and_are_marked() -> None:
    chapters = [section(f"CHAPTER {n}", PARAGRAPH, collection="literary_tales") for n in "12"]
    assert [tale.chapter for tale in tales_of(chapters)] == [True, True]


def test_a_scrap_is_no_story() -> None:
    assert not list(tales_of([section("THE MILL", "Too little to be a story.")]))


def test_capitals_of_the_first_words_are_lowered() -> None:
    (tale,) = tales_of([section("THE MILL", f"ONCE UPON A TIME I slept. {PARAGRAPH}")])
    assert tale.text.startswith("Once upon a time I slept.")


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ('"I AM ILL," he said.', '"I am ill," he said.'),
        ('"ONCE MORE," he said.', '"Once more," he said.'),
        ("A FOX ran.", "A fox ran."),
    ],
)
def test_speech_in_capitals_at_the_beginning(printed: str, told: str) -> None:
    (tale,) = tales_of([section("I", f"{printed} {PARAGRAPH}")])
    assert tale.text.startswith(told)


def test_a_name_in_capitals_stays_a_name() -> None:
    (tale,) = tales_of([section("I", f"PRINCE PRIGIO SLEPT. {PARAGRAPH} Then Prigio woke.")])
    assert tale.text.startswith("Prince Prigio slept.")


def test_the_delimiter_follows_the_last_letter_of_every_story() -> None:
    text = delimited(["One.\n\nTwo.", "Three."])
    assert text == "One.\n\nTwo.<|endoftext|>\nThree.<|endoftext|>\n"
