"""Examples: an opening under a prompt, the rest as continuations, and ends where the tale ends."""

import random

import pytest

from shared.prompts import build_continuation
from shared.schemas import Length
from training.examples import Example, cut, examples_of, length_of
from training.tales import Tale

SENTENCE = "The miller walked to the river and looked for the boat. "


def count(text: str) -> int:
    return len(text.split())


def tale(paragraphs: int) -> Tale:
    first = "Once there lived a poor miller who had lost a boat in the flood. "
    texts = [f"{SENTENCE}It was day {number}. " * 8 for number in range(paragraphs)]
    texts = [first + texts[0], *texts[1:]]
    return Tale("pg1", "grimm", "THE LOST BOAT", [text.strip() for text in texts], chapter=False)


def examples(told: Tale) -> list[Example]:
    return list(examples_of(told, count, random.Random(4)))


def test_a_short_tale_is_one_example_that_ends() -> None:
    (example,) = examples(tale(1))

    assert example.story == tale(1).text
    assert example.ends
    assert "POV: third-person. Length: short." in example.prompt


def test_a_long_tale_is_cut_into_all_of_its_text() -> None:
    told = tale(20)

    opening, *rest = examples(told)

    assert "Length: long." in opening.prompt
    assert "\n\n".join([opening.story, *(part.story for part in rest)]) == told.text
    assert [part.ends for part in (opening, *rest)] == [False] * len(rest) + [True]
    assert {part.prompt for part in rest} == {build_continuation("")}
    assert count(opening.story) < Length.LONG.token_budget


def test_a_tale_that_leaves_open_who_narrates_has_no_opening() -> None:
    text = "I and me and my mother saw him. " + "He went. She came. They stood there. " * 40
    unclear = Tale("pg1", "grimm", "UNCLEAR", [text], chapter=False)

    assert examples(unclear) == []


def test_cutting_loses_nothing_but_a_paragraph_break() -> None:
    paragraphs = ["One two three. Four five six.", "Seven eight."]
    story, rest = cut(paragraphs, 7, count)
    assert (story, rest) == ("One two three.", ["Four five six.", "Seven eight."])


def test_a_cut_never_falls_into_speech() -> None:
    story, _ = cut(
        ['He came in. "Sit down. Eat something. Drink something." She sat down.'], 9, count
    )
    assert story == "He came in."


def test_a_cut_never_leaves_a_speech_open() -> None:
    speech = (
        'He said, "Go home. The river is high. Nobody will row you over tonight." And she went.'
    )

    for budget in range(4, 18):
        taken, rest = cut([speech], budget, count)
        assert taken.count('"') % 2 == 0
        assert count(taken) <= budget
        assert f"{taken} {' '.join(rest)}".split() == speech.split() or not taken


def test_a_cut_stops_before_a_speech_that_does_not_fit() -> None:
    speech = '"Go home. The river is high. Nobody will row you over tonight."'

    assert cut(["He came in.", speech], 12, count) == ("He came in.", [speech])
    assert cut([f"He came in. {speech}"], 12, count) == ("He came in.", [speech])


def test_a_speech_longer_than_an_example_loses_nothing_and_is_opened_again() -> None:
    speech = f'"Sit down and listen. {SENTENCE * 60}It is over." And she went.'
    told = tale(8)
    long = Tale("pg1", "grimm", "LONG", [*told.paragraphs, speech, SENTENCE * 9], chapter=False)

    opening, *rest = examples(long)
    text = " ".join([opening.story, *(part.story for part in rest)])

    assert text.split() != long.text.split(), "a mark more"
    assert text.replace('"', "").split() == long.text.replace('"', "").split()
    assert [part.story.count('"') for part in rest if '"' in part.story] == [1, 2]
    assert rest[-1].story.startswith('"The miller')


def test_a_single_huge_sentence_is_dropped() -> None:
    huge = "The miller walked " + "on and " * 900 + "on."
    last = f"{huge} {SENTENCE * 9}".strip()
    told = tale(8)
    long = Tale("pg1", "grimm", "LONG", [*told.paragraphs, last], chapter=False)

    opening, *rest = examples(long)

    assert rest[-1].story == (SENTENCE * 9).strip()
    assert " ".join([opening.story, *(part.story for part in rest)]).split() == (
        long.text.replace(huge, "").split()
    )


@pytest.mark.parametrize(("tokens", "length"), [(256, "short"), (257, "medium"), (2000, "long")])
def test_the_length_is_the_first_class_with_room(tokens: int, length: str) -> None:
    assert length_of(tokens) == length
