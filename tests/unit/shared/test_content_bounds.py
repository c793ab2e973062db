"""What looking for explicit content costs, whatever is sent."""

import sys
from collections.abc import Callable
from itertools import cycle, islice, product
from string import ascii_lowercase
from typing import Any

import pytest

from shared import content
from shared.content import PRIMED_CHARS, ContentWatch, explicit_in
from shared.schemas import MAX_SO_FAR_CHARS

CALLS_PER_CHARACTER = 100
"""Half as much again as the worst of these texts takes."""
LENGTH = MAX_SO_FAR_CHARS // 4
"""Counting takes ten times as long as what is counted."""


def _repeated(text: str) -> str:
    return "".join(islice(cycle(text), LENGTH))


def _distinct(length: int, signs: str) -> str:
    """Words of so many letters, no two alike, with these signs between them."""
    words = ("".join(letters) for letters in product(reversed(ascii_lowercase), repeat=length))
    return _repeated("".join(map("".join, zip(words, cycle(signs), strict=False))))


TEXTS = {
    "stars": _distinct(2, "*"),
    "dots": _distinct(2, "."),
    "spaces": _distinct(5, " "),
    "one vowel for all": _repeated("a*"),
    "signs for letters": _repeated("i!"),
    "one letter for all": _repeated("s!s!"),
    "letters": _repeated("s t r e n g t h "),
    "nearly a word": _repeated("s.s.s.s.h.o.t.t.t.t."),
    "nearly a beginning": _repeated("l.l.l.l.o*.w.d.x.x.x.x."),
    "long words that begin nearly so": _repeated("l.o*wd" + "xyz" * 11 + "."),
    "characters that are many": _repeated("low*d" + "\ufdfa" * 34 + "."),
    "characters of all kinds": "".join(f"{chr(0x4E00 + each)}*" for each in range(LENGTH // 2)),
    "a word at its end": "x " + _repeated("a*")[:-20] + ".lewd",
    "a phrase at its beginning": "gouged out his eyes." + _repeated("a*")[:-20],
    "a word without end": _repeated("\U0001d400"),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_no_text_takes_more_than_so_many_steps_for_each_character(text: str) -> None:
    _forget()
    assert _calls(lambda: explicit_in(text)) < CALLS_PER_CHARACTER * LENGTH


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_nor_does_what_stands_before_a_story(text: str) -> None:
    _forget()
    assert _calls(lambda: ContentWatch().prime(text)) < CALLS_PER_CHARACTER * PRIMED_CHARS


def test_a_phrase_is_named_whole_though_much_is_joined_to_it() -> None:
    for words in ("gouged out his eyes", "his eyes and a lewd"):
        text = f"{words}.{_repeated('ab*')[:900]}"
        assert explicit_in(f"They {text}") == (text if words[0] == "g" else text.split()[-1])


def test_what_was_sent_is_not_kept_for_good() -> None:
    for text in TEXTS.values():
        explicit_in(text[:PRIMED_CHARS])
    kept = [cache.cache_info() for cache in _caches()]
    assert kept
    assert all(info.currsize <= content.MOST_KEPT == info.maxsize for info in kept)


def _calls(act: Callable[[], object]) -> int:
    """How many functions it calls; more than it may are not waited for."""
    count = 0

    def tick(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")
        if count > CALLS_PER_CHARACTER * LENGTH:
            raise AssertionError("There is no end to it.")

    sys.setprofile(tick)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


def _caches() -> list[Any]:
    """All but the one of the list itself."""
    found = [each for each in vars(content).values() if hasattr(each, "cache_info")]
    return [each for each in found if each is not content.ruled]


def _forget() -> None:
    for cache in _caches():
        cache.cache_clear()
