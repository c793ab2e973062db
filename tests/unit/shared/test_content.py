"""The list behind "avoid explicit content": what it finds, and what it must leave alone."""

import json
from pathlib import Path

import pytest

from shared.content import ContentWatch, explicit_in

SPELT_OUT = " ".join(bytes.fromhex("6675636b").decode())


@pytest.mark.parametrize(
    "text",
    [
        "a lewd song",
        "A LEWD song",
        "the léwd song",
        "a le\u200bwd song",
        "the whores' street",
        "They had sex, and slept.",
        "They had\nsex",
        "pornographic",
        "p0rn",
    ],
)
def test_what_is_ruled_out_is_found(text: str) -> None:
    assert explicit_in(text) is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It is about sex with a fox.", "sex with"),
        ("a fox that was skinned  Alive, and wept", "skinned Alive,"),
        (f"the {SPELT_OUT} i n g fox", SPELT_OUT),
        ("a lewd song", "lewd"),
    ],
)
def test_it_is_named_whole_and_nothing_beside_it(text: str, said: str) -> None:
    assert explicit_in(text) == said


def test_an_obscene_word_is_found_in_its_forms_and_spelt_out() -> None:
    word = bytes.fromhex("6675636b").decode()
    for text in (word, f"{word}ing", f"{word.upper()}ED", " ".join(word), ".".join(word)):
        assert explicit_in(f"the old {text} king") is not None, text


def test_an_obscene_word_is_found_in_disguise() -> None:
    word = bytes.fromhex("6675636b").decode()
    first, rest = word[0], word[1:]
    unseen = [first + char * 50 + rest for char in "\u200b\u3164\uffa0\u20dd\0"]
    around = [f"{word}1", f"{word}2", f"@{word}", f"${word}", f"{word}in'"]
    alike = [word.replace("c", "\u0441"), word.replace("u", "uuuu"), word.replace("u", "\u03c5")]
    for text in unseen + around + alike:
        assert explicit_in(f"the old {text} king") is not None, text
    assert explicit_in("$h\u0131t") is not None


@pytest.mark.parametrize(
    "disguise",
    [
        "{0}{1}.{2}.{3}",
        "{0}.{1}{2}{3}",
        "{0}{1},{2}{3}",
        "{0}.{1}.{1}.{1}{2}{3}",
        "{0}_{1}_{2}{3}",
        "{0}-{1}{2}{3}",
        "{0}{1}*{2}{3}",
        "{0}*{2}{3}",
        "{0}#{2}{3}ing",
        "http://{0}{1}.{2}{3}",
    ],
)
def test_an_obscene_word_is_found_though_signs_divide_it(disguise: str) -> None:
    word = bytes.fromhex("6675636b").decode()
    text = disguise.format(*word)
    assert explicit_in(f"the old {text} king") is not None, text
    assert explicit_in(f"the old {text}! king") is not None, text
    assert explicit_in(f"They {text}.") is not None, text


@pytest.mark.parametrize("sign", "!|")
def test_a_sign_that_looks_like_a_letter_is_read_as_one(sign: str) -> None:
    for text in (f"sh{sign}t", f"SH{sign}T", f"5h{sign}t"):
        assert explicit_in(f"the old {text} king") is not None, text


@pytest.mark.parametrize(
    "text",
    [
        "The kitten sat between her legs, and the king's bastard son saw it.",
        "An ass and a cock lived in Scunthorpe with a class of assassins.",
        "Spices from the grape harvest",
        "the therapist drapes a sextant",
        "A B C of the sea",
        "The end.The pen-is mightier, the pen\u2014is it? Stop!It is 3.141 o'clock, e.g. f.e.c.k.",
        "A U.S.S. ship; wait...what? He said h-hello, sh!-ta-ta and 1,234,567.",
        "pus-sies and sh\u2014it, shi...t",
        "Fire!Water|Air+Earth*Sky #fun",
        "",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert explicit_in(text) is None


def test_no_tale_of_the_project_is_ruled_out() -> None:
    """One in eight, for the time that it takes."""
    lines = Path("training/data/tales.jsonl").read_text(encoding="utf-8").splitlines()
    tales = [json.loads(line) for line in lines[::8]]
    assert [tale for tale in tales if explicit_in(f"{tale['seed']} {tale['text']}")] == []


def test_nobody_waits_for_the_end_of_what_is_no_word() -> None:
    watch = ContentWatch()
    for _ in range(50):
        watch.push("la")
    assert watch.open_pieces == 0


def test_pieces_tell_how_many_of_them_are_undecided() -> None:
    watch = ContentWatch()
    told = []
    for piece in (" a", " le", "", "wd", "ness", " and"):
        watch.push(piece)
        told.append((watch.open_pieces, watch.is_ruled_out))
    assert told == [(1, False), (1, False), (2, False), (3, False), (4, False), (5, True)]
